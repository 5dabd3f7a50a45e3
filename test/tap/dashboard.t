#!/usr/bin/perl
# The roles that scripts/roles offers read what they should and no more; and in the full run the page of scripts/dashboard,
# looked at in a browser: no errors, nothing from elsewhere, nothing over the edge, and the numbers of the views.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp qw(tempdir);
use JSON::PP;
use Test::More;

my $root = abs_path(dirname(__FILE__) . '/../..');
my $tag = "dashboard_$$";
my $folder = tempdir(CLEANUP => 1);

sub psql
{
	my ($user, $sql) = @_;

	open my $psql, '-|', 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-U', $user, '-d', $tag, '-c', $sql or die "psql: $!";
	binmode $psql, ':encoding(UTF-8)';
	local $/;
	my $out = <$psql> // '';
	close $psql;
	return $out =~ s/\n\z//r;
}

# What was said, errors included.
sub said
{
	my ($user, $sql) = @_;
	open my $file, '>', "$folder/said.sql" or die "cannot write: $!\n";
	print $file "$sql;\n";
	close $file;
	return scalar qx(psql -XAtq -v ON_ERROR_STOP=1 -U $user -d $tag -f $folder/said.sql 2>&1);
}

system('createdb', $tag) == 0 or die "createdb failed\n";
$ENV{PGOPTIONS} = '-c client_min_messages=warning';
# a shop of 90 days; one event's name would end a script, or be a tag
psql('postgres', <<'SQL');
CREATE EXTENSION intent;
SELECT intent.setup();
CREATE TABLE ev (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz, uid text, email text, channel text, event text, amount float8);
CREATE FUNCTION draw(what text) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT ('x' || substr(md5(what), 1, 7))::bit(28)::int $$;
INSERT INTO ev (at, uid, email, channel, event, amount)
SELECT timestamptz '2026-01-02Z' + (draw(u || ':' || k) % (89 * 86400)) * interval '1 s' + e * interval '97 s', 'u' || u, CASE WHEN u % 4 = 0 THEN 'u' || u || '@example.com' END,
	(ARRAY['web', 'app', 'mail'])[1 + k % 3], (ARRAY['view', 'search', 'cart', 'buy', 'complain', '</script><b>Ünïcode "help"</b>'])[1 + draw(u || '-' || k || '-' || e) % 6], (k * e) % 50
FROM generate_series(1, 60) u, generate_series(1, 1 + u % 7) k, generate_series(1, 1 + (u * 7 + k) % 5) e;
INSERT INTO ev (at, uid, channel, event) SELECT timestamptz '2026-04-01 11:40Z' + (u % 15) * interval '1 min', 'u' || u * 3, 'web', 'view' FROM generate_series(1, 20) u;
SELECT intent.create_graph('default');
SELECT intent.add_source('shop', 'public.ev', 'at', 'event', '{"user_id": "uid", "email": "email"}', channel => 'channel', value => 'amount');
SELECT count(*) FROM intent.refresh();
SELECT intent.promote_model(intent.register_model('default', '{"intents": {"purchase": {"base": -3}, "cancel/price": {"base": -4}, "cancel/quality": {"base": -4.5}}, "signals": [
	{"name": "viewing", "touchpoints": ["view", "search"], "measure": "count", "half_life": "2 days", "transform": "log1p", "weights": {"purchase": 0.9, "cancel/price": 0.2}},
	{"name": "cart", "touchpoints": ["cart"], "measure": "exists", "half_life": "7 days", "weights": {"purchase": 1.5}},
	{"name": "complaining", "touchpoints": ["complain"], "measure": "count", "half_life": "14 days", "cap": 3, "weights": {"cancel/quality": 1, "purchase": -0.5}}]}'::intent.scorecard));
INSERT INTO intent.funnel_pattern (name, pattern) VALUES ('a sale', 'view -> cart -> buy within 7 days'), ('service', 'complain -> view');
SELECT intent.refresh_bi(as_of => '2026-04-01 12:00Z');
SQL

# ----- roles -----

is(system("$root/scripts/roles | psql -Xq -U postgres -d $tag >/dev/null"), 0, 'scripts/roles runs');
is(system("$root/scripts/roles | psql -Xq -U postgres -d $tag >/dev/null"), 0, 'and again');
psql('postgres', "CREATE ROLE ${tag}_$_ LOGIN; GRANT intent_$_ TO ${tag}_$_") for qw(reader analyst admin);
my @views = split /\n/, psql('postgres', q{SELECT relname FROM pg_class WHERE relnamespace = 'intent_bi'::regnamespace AND relkind = 'v' ORDER BY 1});
for my $view (@views)
{
	is(psql("${tag}_reader", "SELECT count(*) FROM intent_bi.$view"), psql('postgres', "SELECT count(*) FROM intent_bi.$view"), "a reader reads $view");
}
my $card = q{'{"intents": {"purchase": {"base": -3}}, "signals": []}'::intent.scorecard};
like(said("${tag}_reader", "SELECT intent.register_model('mine', $card)"), qr/permission denied/, 'a reader registers nothing');
like(said("${tag}_reader", 'SELECT * FROM public.ev'), qr/permission denied/, 'and does not see the events of the source');
like(said("${tag}_reader", 'SELECT * FROM intent.link'), qr/permission denied/, 'nor the links of identities');
unlike(said("${tag}_analyst", "SELECT intent.promote_model(intent.register_model('mine', $card)); SELECT count(*) FROM intent.link"), qr/ERROR/, 'an analyst registers, promotes and reads the tables');
like(said("${tag}_analyst", 'DELETE FROM intent.link'), qr/permission denied/, 'but does not write identities');
unlike(said("${tag}_admin", q{SELECT intent.observe('default', '{"user_id": "new"}', '2026-04-01Z')}), qr/ERROR/, 'an admin does');
like(said("${tag}_admin", 'SELECT intent.refresh_bi()'), qr/42501|row security hides rows/, 'whoever row security cuts does not refresh for all');
psql('postgres', "SELECT intent.promote_model(intent.model_id('mine'), 'retired')");

# ----- Grafana -----

open my $grafana, '<:raw', "$root/docs/dashboards/grafana.json" or die "cannot read: $!\n";
my $dashboard = decode_json(do { local $/; <$grafana> });
my %asked = map { $_->{title} => $_->{targets}[0]{rawSql} } @{$dashboard->{panels}};
$asked{"variable $_->{name}"} = $_->{query} for grep { $_->{type} eq 'query' } @{$dashboard->{templating}{list}};
is(scalar keys %asked, @{$dashboard->{panels}} + 3, 'the dashboard for Grafana has panels and variables');
for my $title (sort keys %asked)
{
	# as Grafana puts in its variables
	my $sql = $asked{$title} =~ s/\$__timeFilter\(("\w+")\)/$1 BETWEEN '2026-01-01Z' AND '2026-05-01Z'/gr;
	$sql =~ s/\$\{tenant\}//g;
	$sql =~ s/\$\{intent\}/purchase/g;
	$sql =~ s/\$\{person\}/1/g;
	cmp_ok(psql("${tag}_reader", "SELECT count(*) FROM ($sql) q"), '>=', $title eq 'Data quality' ? 0 : 1, "Grafana, $title: there are rows");
}

# ----- the page -----

my ($chromium) = grep { -x } $ENV{CHROMIUM} // '', '/usr/bin/chromium', '/usr/bin/chromium-browser';
SKIP:
{
	skip 'the page is looked at in scripts/check --full', 1 unless $ENV{INTENT_FULL};
	skip 'no Chromium here: apt-get install chromium', 1 unless $chromium;
	skip 'no npm here: apt-get install npm', 1 if system('command -v npm >/dev/null 2>&1');

	is(system("$root/scripts/dashboard --for-tests --output $folder/page.html 'dbname=$tag user=${tag}_reader' 2>$folder/log"), 0, 'scripts/dashboard writes a page, with the rights of a reader')
		or diag qx(cat $folder/log);
	local $ENV{CHROMIUM} = $chromium;
	my $json = qx(node $root/scripts/dashboard_page/look.mjs $folder/page.html $root/build/dashboard $folder 2>$folder/log);
	is($?, 0, 'and a browser opens it') or diag qx(tail -n 20 $folder/log);
	my $found = $json ? decode_json($json) : {};
	is_deeply([sort keys %$found], ['1440 dark', '1440 light', '390 dark', '390 light'], 'at two widths and in two schemes');

	my $rows = sub { return decode_json(psql("${tag}_reader", "SELECT coalesce(jsonb_object_agg(k, v), '{}') FROM ($_[0]) t(k, v)")) };
	my $close = sub {
		my ($got, $wanted, $name) = @_;
		my @differ = grep { !defined $got->{$_} || !defined $wanted->{$_} || abs($got->{$_} - $wanted->{$_}) > 1e-9 * (1 + abs $wanted->{$_}) } keys %{{%{$got // {}}, %$wanted}};
		is_deeply(\@differ, [], $name) or diag explain($got), explain($wanted);
	};
	my %wanted = (
		intents => $rows->(q{SELECT dimension, value FROM intent_bi.timeseries_long t WHERE metric = 'intent' AND "time" = (SELECT max("time") FROM intent_bi.timeseries_long WHERE metric = 'intent')}),
		segments => $rows->(q{SELECT segment, sum(persons) FROM intent_bi.segment_size_daily GROUP BY segment}),
		channels => $rows->(q{SELECT channel, sum(share) FROM intent_bi.channel_mix GROUP BY channel}),
		divergence => $rows->(q{SELECT intent, count(*) FROM intent_bi.intent_divergence GROUP BY intent}),
		identity => $rows->(q{SELECT graph, sum(n) FROM intent_bi.identity_health WHERE measure = 'persons of so many identifiers' GROUP BY graph}),
		freshness => {sources => 1, found => psql("${tag}_reader", 'SELECT count(*) FROM intent_bi.data_quality')},
	);
	my $places = $rows->(q{SELECT place, sum(k) FROM intent_bi.journey_path_edge WHERE place < 5 GROUP BY place});
	my @funnel = split /\n/, psql("${tag}_reader", q{SELECT converted FROM intent_bi.funnel_step WHERE funnel = 'a sale' ORDER BY step});
	my @tiles = split /\|/, psql("${tag}_reader", q{SELECT count(*), count(*) FILTER (WHERE identified), sum(sessions), sum(events) FROM intent_bi.person_today});
	my %ground;
	for my $look (sort keys %$found)
	{
		my $says = $found->{$look};
		is_deeply($says->{errors}, [], "$look: no error in the console");
		is_deeply($says->{requests}, [], "$look: nothing is loaded from elsewhere");
		is_deeply($says->{wide}, [], "$look: nothing runs over the edge");
		is_deeply($says->{blank}, [], "$look: every chart is drawn");
		is_deeply([map { 0 + $_ } @{$says->{tiles}}], [map { 0 + $_ } @tiles], "$look: people, sessions and events are those of person_today");
		$close->($says->{drawn}{$_}, $wanted{$_}, "$look: $_ are those of the view") for sort keys %wanted;
		my %shown = map { $_ => $places->{$_} } grep { $look =~ /^1440/ || $_ < 3 } keys %$places;
		$close->($says->{drawn}{paths}, \%shown, "$look: paths carry all sessions");
		is_deeply($says->{drawn}{funnel}, {'a sale' => [map { 0 + $_ } @funnel]}, "$look: so does the funnel");
		my $person = $says->{drawn}{person};
		my $evidence = psql("${tag}_reader", "SELECT evidence FROM intent_bi.intent_score_long WHERE person = $person->{person} AND intent = '$person->{intent}'");
		cmp_ok(abs($evidence - $person->{evidence}), '<', 1e-9, "$look: what explains a score sums to its evidence");
		ok(!(grep { !$_ } @{$says->{chosen}}) && @{$says->{chosen}} >= 2, "$look: choosing changes what is shown");
		$ground{$says->{ground}}++;
	}
	is(scalar keys %ground, 2, 'light and dark differ');
	open my $in, '<:raw', "$folder/page.html" or die "cannot read the page: $!\n";
	my $page = do { local $/; <$in> };
	is(scalar(() = $page =~ m{</script>}g), 3, 'names of events end no script');
	is(system("$root/scripts/dashboard --person 1 --output $folder/one.html 'dbname=$tag user=${tag}_reader' 2>/dev/null"), 0, 'of one person, too');
}

psql('postgres', "DROP OWNED BY intent_reader, intent_analyst, intent_admin, ${tag}_reader, ${tag}_analyst, ${tag}_admin");
system('dropdb', $tag);
system('psql', '-Xq', '-d', 'postgres', '-c', "DROP ROLE ${tag}_reader, ${tag}_analyst, ${tag}_admin, intent_reader, intent_analyst, intent_admin");
done_testing();
