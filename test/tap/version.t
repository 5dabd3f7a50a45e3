#!/usr/bin/perl
# One version everywhere: the control file, META.json, the changelog, the server; an upgrade path from each older one.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use JSON::PP;
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');

sub slurp
{
	my ($file) = @_;
	open my $in, '<', "$root/$file" or die "cannot read $file: $!\n";
	local $/;
	return scalar <$in>;
}

my ($version) = slurp('intent.control') =~ /^default_version *= *'(\d+\.\d+\.\d+)'$/m;
ok($version, "the control file has a version: $version");

my $meta = JSON::PP->new->decode(slurp('META.json'));
is($meta->{version}, $version, 'META.json has it');
is($meta->{provides}{intent}{version}, $version, 'META.json provides it');
ok(-e "$root/$meta->{provides}{intent}{$_}", "META.json: $_ is there") for 'file', 'docfile';
is($meta->{license}, 'postgresql', 'the licence is named');
like(slurp('LICENSE'), qr/^PostgreSQL License$/m, 'and is the one in LICENSE');

my @releases = slurp('CHANGELOG.md') =~ /^## (\d+\.\d+\.\d+) \((?:unreleased|\d{4}-\d\d-\d\d)\)$/mg;
is($releases[0], $version, 'CHANGELOG.md begins with it');
my @odd = grep { !/^(?:## \S+ \(.*\)|- (?:Added|Improved|Fixed|Changed|Dropped) .*|)$/ } split /\n/, slurp('CHANGELOG.md');
is_deeply(\@odd, [], 'its lines say Added, Improved, Fixed, Changed or Dropped');

my $installed = qx(psql -XqAt -d postgres -c "BEGIN; CREATE EXTENSION intent; SELECT extversion FROM pg_extension WHERE extname = 'intent'" -c ROLLBACK 2>&1);
is($installed, "$version\n", 'the server installs it');

for my $i (1 .. $#releases)
{
	ok(-e "$root/sql/released/intent--$releases[$i].sql", "the script of $releases[$i] is kept as it was released");
	ok(-e "$root/sql/released/intent--$releases[$i]--$releases[$i - 1].sql", "$releases[$i] can be upgraded");
}

done_testing();
