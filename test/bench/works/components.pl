# Identity: connected components.
use strict;
use warnings;
our ($session, $events, $scratch, $here, $AS_OF, $THE_SCAN, %option, %PINNED);

# A house of its own: it brings its edges and its rivals.
sub components
{
	my @arguments = $option{smoke} ? ('--smoke') : ();

	print "\n";
	run_command("$here/components/run", @arguments);
	return;
}

1;
