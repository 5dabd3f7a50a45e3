#!/usr/bin/perl
# docs/reference.md is what the catalogue says, and every example in it runs and gives what stands there.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');

sub made
{
	open my $out, '-|', "$root/scripts/reference", @_ or die "cannot run scripts/reference: $!\n";
	local $/;
	my $page = <$out>;
	close $out;
	return $page // '';
}

# Both without their common beginning and end.
sub differ
{
	my @old = split /^/m, $_[0];
	my @new = split /^/m, $_[1];
	my $at = 0;
	while (@old && @new && $old[0] eq $new[0]) { shift @old; shift @new; $at++; }
	while (@old && @new && $old[-1] eq $new[-1]) { pop @old; pop @new; }
	return "from line " . ($at + 1) . ":\n" . join('', map({ "- $_" } @old[0 .. ($#old < 9 ? $#old : 9)]),
		map({ "+ $_" } @new[0 .. ($#new < 9 ? $#new : 9)]));
}

open my $in, '<', "$root/docs/reference.md" or die "cannot read docs/reference.md: $!\n";
my $kept = do { local $/; <$in> };

my $page = made();
is($? >> 8, 0, 'every example runs with an empty search_path');
ok($page eq $kept, 'docs/reference.md is up to date')
	or diag "Make it again: scripts/with-server scripts/reference > docs/reference.md\n" . differ($kept, $page);

my $short = made('--search-path', 'public, intent');
is($? >> 8, 0, 'every example runs with search_path = public, intent');
ok($short eq $page, 'and gives the same') or diag differ($page, $short);

cmp_ok(scalar(() = $page =~ /^```sql$/mg), '>=', 40, 'there are examples');
my %anchor = map { $_ => 1 } $page =~ /<a id="([^"]+)">/g, 'operators', 'casts', 'operator-classes';
is_deeply([grep { !$anchor{$_} } $page =~ /\]\(#([^)]+)\)/g], [], 'its links lead somewhere');

done_testing();
