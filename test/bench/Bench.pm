package Bench;

# Measuring what statements cost one backend of the server, from outside.
#
# CPU is the backend's time on a processor in nanoseconds, as the kernel counts
# it; what psql and this script need is not in it.  Memory is what the backend
# took for itself, shared buffers apart.  Linux only: it is read from /proc.

use strict;
use warnings;
use IO::Select;
use IPC::Open2;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC sleep);

use constant { DONE => '-- statement done --', MB => 1024 * 1024, TICKS => 100 };

# ----- one connection -----

# Settings are name => value; they hold for the whole session.
sub connect
{
	my ($class, %settings) = @_;
	my $self = bless {}, $class;

	local $ENV{PGOPTIONS} = join ' ', map { "-c $_=" . $settings{$_} =~ s/([\\ ])/\\$1/gr } sort keys %settings;
	$self->{psql} = open2($self->{from}, $self->{to}, qw(psql -XqAt -v ON_ERROR_STOP=1));
	$self->{pid} = $self->query('SELECT pg_backend_pid()');
	return $self;
}

sub disconnect
{
	my ($self) = @_;

	close $self->{to};
	close $self->{from};
	waitpid $self->{psql}, 0;
	return;
}

sub start
{
	my ($self, $sql) = @_;

	$self->{sql} = $sql;
	print { $self->{to} } "$sql\n;\n\\echo " . DONE . "\n";
	$self->{to}->flush;
	return;
}

# Its rows as one text, columns separated by |.
sub finish
{
	my ($self) = @_;
	my $rows = '';

	while (defined(my $line = readline $self->{from}))
	{
		if ($line eq DONE . "\n")
		{
			chomp $rows;
			return $rows;
		}
		$rows .= $line;
	}
	die "bench: this statement failed:\n$self->{sql}\n";
}

sub query
{
	my ($self, $sql) = @_;

	$self->start($sql);
	return $self->finish;
}

# ----- what the kernel knows of a process -----

sub read_file
{
	my ($path) = @_;

	open my $file, '<', $path or die "bench: cannot read $path: $! (run as the server's owner or as root)\n";
	local $/ = undef;
	return scalar <$file>;
}

# Nanoseconds on a processor, exact whenever the backend waits for a statement.
sub cpu
{
	my ($self) = @_;

	my ($nanoseconds) = split ' ', read_file("/proc/$self->{pid}/schedstat");
	return $nanoseconds;
}

sub postmaster
{
	my ($self) = @_;

	return read_file("/proc/$self->{pid}/status") =~ /^PPid:\s*(\d+)/m ? $1 : die "bench: the backend has no parent\n";
}

# The same of workers that have ended, which only the postmaster knows, in ticks of 10 ms.
sub workers_cpu
{
	my ($self) = @_;

	my @fields = split ' ', read_file('/proc/' . $self->postmaster . '/stat') =~ s/^.*\) //sr;
	return ($fields[13] + $fields[14]) * (1_000_000_000 / TICKS);
}

# Processors that a process may run on, such as 0-1.
sub processors
{
	my ($pid) = @_;

	return read_file("/proc/$pid/status") =~ /^Cpus_allowed_list:\s*(\S+)/m ? $1 : '0';
}

sub own_memory
{
	my ($self) = @_;

	my ($kilobytes) = read_file("/proc/$self->{pid}/status") =~ /^RssAnon:\s*(\d+)/m;
	return $kilobytes * 1024;
}

# ----- measures -----

# One run: CPU and wall time in nanoseconds.
sub run_once
{
	my ($self, $sql, $workers) = @_;

	my $cpu = $self->cpu + ($workers ? $self->workers_cpu : 0);
	my $wall = clock_gettime(CLOCK_MONOTONIC);
	$self->query($sql);
	$wall = clock_gettime(CLOCK_MONOTONIC) - $wall;
	sleep 0.1 if $workers;    # until the postmaster has seen them end
	$cpu = $self->cpu + ($workers ? $self->workers_cpu : 0) - $cpu;
	return { cpu => $cpu, wall => $wall * 1e9 };
}

# Runs the statements in turn, so that what disturbs the machine disturbs all of them;
# one round before does not count.  Returns the medians of each.
sub alternate
{
	my ($self, $rounds, $statements, %options) = @_;
	my @runs = map { [] } @$statements;

	for my $round (0 .. $rounds)
	{
		for my $i (0 .. $#$statements)
		{
			$self->query($options{before}[$i]) if $options{before};
			my $run = $self->run_once($statements->[$i], $options{workers});
			push @{ $runs[$i] }, $run if $round > 0;
		}
	}
	return map {
		my $of_one = $_;
		+{ map { my $what = $_; ($what => median(map { $_->{$what} } @$of_one)) } qw(cpu wall) }
	} @runs;
}

# The most memory that the backend had while it ran, less what it had before, in MB.
# The kernel keeps no such peak without the shared buffers: it is sampled.
sub peak_memory
{
	my ($self, $sql) = @_;
	my $waiting = IO::Select->new($self->{from});
	my $before = $self->own_memory;
	my $peak = $before;

	$self->start($sql);
	until ($waiting->can_read(0.005))
	{
		my $now = $self->own_memory;
		$peak = $now if $now > $peak;
	}
	$self->finish;
	return ($peak - $before) / MB;
}

# ----- numbers -----

sub percentile
{
	my ($share, @values) = @_;
	my @sorted = sort { $a <=> $b } @values;

	return $sorted[ int($share * $#sorted + 0.5) ];
}

sub median
{
	return percentile(0.5, @_);
}

# Three digits that mean something.
sub number
{
	my ($value) = @_;

	return sprintf('%.0f', $value) =~ s/(?<=\d)(?=(\d{3})+$)/,/gr if $value >= 100;
	return sprintf($value >= 10 ? '%.1f' : $value >= 1 ? '%.2f' : '%.3f', $value);
}

1;
