#!/usr/bin/perl
# Text distances and normal forms are of characters in databases of any encoding.
# The extension's own script must be ASCII for it to be created in all of them.
use strict;
use warnings;
use Test::More;

# What a client that speaks UTF-8 asks and gets; a database of SQL_ASCII knows bytes only.
my $accents = q{SELECT round(intent.jaro_winkler('müller', 'muller')::numeric, 3), intent.damerau_levenshtein('müller', 'muller'), intent.normalise_name('Müller-Groß'), intent.normalise_email('Ü@X.example')};
my $kanji = q{SELECT intent.damerau_levenshtein('東京都', '東都'), round(intent.ngram_jaccard('東京都', '東京', 1)::numeric, 3), intent.normalise_name('山田・ﾀﾛｳ'), intent.normalise_phone('０３-１２３４-５６７８', '81')};
my @cases = (
	[ 'UTF8', $accents, '0.900|1|muller gross|Ü@x.example' ],
	[ 'LATIN1', $accents, '0.900|1|muller gross|Ü@x.example' ],
	[ 'WIN1252', $accents, '0.900|1|muller gross|Ü@x.example' ],
	[ 'UTF8', $kanji, '1|0.667|山田 タロウ|+81312345678' ],
	[ 'EUC_JP', $kanji, '1|0.667|山田 タロウ|+81312345678' ],
	[ 'SQL_ASCII', $accents, '0.864|2|muller gross|Ü@x.example' ]);

local $ENV{PGCLIENTENCODING} = 'UTF8';
for my $i (0 .. $#cases)
{
	my ($encoding, $query, $expected) = @{ $cases[$i] };
	my $database = "encoding_$i";

	system('createdb', '-E', $encoding, '--locale=C', '-T', 'template0', $database) == 0 or die "cannot make a database of $encoding";
	open my $psql, '-|', 'psql', '-XqAt', '-d', $database, '-c', 'CREATE EXTENSION intent', '-c', $query or die "cannot run psql: $!";
	local $/ = undef;
	chomp(my $got = <$psql> // '');
	close $psql;
	is($got =~ s/\n\z//r, $expected, $encoding);
	system 'dropdb', $database;
}
done_testing();
