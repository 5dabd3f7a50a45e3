/*
 * generate.c
 *		Customer events for the benchmarks, in time order, as COPY reads them:
 *		person, occurred_at, channel, event, value.
 *
 *	usage: generate EVENTS PEOPLE
 *
 * A year of sessions on four channels.  How much a person does has a heavy
 * tail: half do ten things or fewer, the busiest thousands.  Everything is
 * integer arithmetic over one hash, so that the same arguments give the same
 * bytes on every machine.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define SEED UINT64_C(0x696e74656e743031)

#define SECOND INT64_C(1000)	/* times are milliseconds, as web logs have them */
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define DAYS 365
#define YEAR (DAYS * DAY)

/* Tail of a person's share of the events: 1 / (u + TAIL), u even over 2^32. */
#define TAIL (UINT64_C(1) << 20)

typedef struct Event
{
	int64_t		at;				/* since 2025-01-01 UTC */
	uint32_t	person;
	uint32_t	touchpoint:4;
	uint32_t	cents:28;		/* 0: no value */
} Event;

typedef enum Step
{
	VIEW, SEARCH, CART, CHECKOUT, PURCHASE, STEPS
} Step;

#define APP STEPS				/* the same steps again, in the app */
#define MAIL (2 * STEPS)
#define CALL (MAIL + 2)

static const char *const touchpoints[] = {
	"web\tview", "web\tsearch", "web\tcart", "web\tcheckout", "web\tpurchase",
	"app\tview", "app\tsearch", "app\tcart", "app\tcheckout", "app\tpurchase",
	"mail\topen", "mail\tclick",
	"call\tquestion", "call\tcomplaint"
};

/* What follows what in a shop, of a thousand. */
static const uint32_t follows[STEPS][STEPS] = {
	[VIEW] = {640, 200, 160, 0, 0},
	[SEARCH] = {800, 170, 30, 0, 0},
	[CART] = {450, 100, 150, 300, 0},
	[CHECKOUT] = {300, 0, 150, 0, 550},
	[PURCHASE] = {700, 300, 0, 0, 0}
};

static uint64_t stream;

/* A step of SplitMix64. */
static uint64_t
next_random(void)
{
	uint64_t	z = (stream += UINT64_C(0x9e3779b97f4a7c15));

	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* 0 .. limit - 1; limit well below 2^32. */
static uint32_t
below(uint32_t limit)
{
	return (uint32_t) (((next_random() >> 32) * limit) >> 32);
}

/* Every person has an own stream, so that no one's life depends on another's. */
static void
seed_person(uint32_t person, uint64_t purpose)
{
	stream = SEED ^ ((uint64_t) person << 8) ^ purpose;
	stream = next_random();
}

/* Nearly exponential: -log2 of an even number, with a straight line between powers. */
static int64_t
waiting(int64_t scale)
{
	uint32_t	u = (uint32_t) (next_random() >> 32) | 1;
	uint32_t	halvings = 0;

	while (!(u & UINT32_C(0x80000000)))
	{
		u <<= 1;
		halvings++;
	}
	return ((int64_t) (halvings + 1) * 65536 - ((u << 1) >> 16)) * scale / 65536;
}

static void *
allocate(size_t count, size_t size)
{
	void	   *memory = calloc(count, size);

	if (!memory)
	{
		fprintf(stderr, "generate: out of memory for %zu events\n", count);
		exit(1);
	}
	return memory;
}

static Step
next_step(Step step)
{
	uint32_t	u = below(1000);
	int			to = 0;

	while (u >= follows[step][to])
		u -= follows[step][to++];
	return (Step) to;
}

/* One session of at most `limit` events; returns how many. */
static uint32_t
make_session(Event *events, uint32_t limit, uint32_t person, int64_t at, uint32_t main_shop)
{
	uint32_t	kind = below(100);
	uint32_t	length;
	Step		step = below(10) < 7 ? VIEW : SEARCH;

	if (kind < 88)
		length = 1 + (uint32_t) waiting(4);
	else
		length = kind < 97 ? 1 + below(2) : 1;
	if (length > limit)
		length = limit;
	if (kind >= 75 && kind < 88)
		main_shop = APP - main_shop;

	for (uint32_t i = 0; i < length; i++)
	{
		Event	   *event = &events[i];

		event->person = person;
		event->at = at < YEAR ? at : YEAR - 1;
		if (kind >= 97)
			event->touchpoint = CALL + (below(10) < 3);
		else if (kind >= 88)
			event->touchpoint = MAIL + i;
		else
		{
			event->touchpoint = main_shop + step;
			if (step == CART || step == PURCHASE)
				event->cents = 199 + (uint32_t) ((uint64_t) below(20000) * below(20000) / 20000);
			step = next_step(step);
		}

		/* One page load in twenty logs two events in the same millisecond. */
		if (below(20) != 0)
			at += waiting(28 * SECOND);
	}
	return length;
}

/* The year of one person. */
static void
make_person(Event *events, uint32_t count, uint32_t person)
{
	int64_t		first,
				span,
				least;
	uint32_t	main_shop;

	seed_person(person, 2);
	main_shop = below(10) < 7 ? 0 : APP;
	first = (int64_t) below(DAYS) * DAY;
	span = (YEAR - first) / 1000 * below(1000);

	/* The busiest need time: about four events a session, a session every two hours. */
	least = (int64_t) count / 4 * 2 * HOUR;
	if (least > YEAR)
		least = YEAR;
	if (span < least)
		span = least;
	if (first > YEAR - span)
		first = YEAR - span;

	for (uint32_t made = 0; made < count;)
	{
		int64_t		at = first + span / 1000000 * below(1000000);

		/* By day rather than by night. */
		at = at / DAY * DAY + 6 * HOUR + below((uint32_t) (9 * HOUR)) + below((uint32_t) (9 * HOUR));
		made += make_session(events + made, count - made, person, at, main_shop);
	}
}

/* Stable, by time: twelve bits a pass. */
static void
sort_events(Event **events, size_t count)
{
	Event	   *from = *events;
	Event	   *to = allocate(count, sizeof(Event));

	for (int shift = 0; YEAR >> shift != 0; shift += 12)
	{
		size_t		start[4096] = {0};
		size_t		sum = 0;
		Event	   *other = from;

		for (size_t i = 0; i < count; i++)
			start[(from[i].at >> shift) & 4095]++;
		for (int digit = 0; digit < 4096; digit++)
		{
			size_t		n = start[digit];

			start[digit] = sum;
			sum += n;
		}
		for (size_t i = 0; i < count; i++)
			to[start[(from[i].at >> shift) & 4095]++] = from[i];
		from = to;
		to = other;
	}
	free(to);
	*events = from;
}

static void
print_event(const Event *event)
{
	static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int			day = (int) (event->at / DAY);
	int			at = (int) (event->at % DAY);
	int			month = 0;

	while (day >= month_days[month])
		day -= month_days[month++];
	printf("%" PRIu32 "\t2025-%02d-%02d %02d:%02d:%02d.%03d+00\t%s\t",
		   event->person, month + 1, day + 1,
		   (int) (at / HOUR), (int) (at / MINUTE % 60), (int) (at / SECOND % 60), (int) (at % SECOND),
		   touchpoints[event->touchpoint]);
	if (event->cents != 0)
		printf("%u.%02u\n", event->cents / 100u, event->cents % 100u);
	else
		printf("\\N\n");
}

static uint32_t
number(const char *text, const char *name)
{
	char	   *end;
	unsigned long value;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno != 0 || *end != '\0' || end == text || value < 1 || value > 1000000000)
	{
		fprintf(stderr, "generate: %s \"%s\" is not a number from 1 to 1000000000\n", name, text);
		exit(2);
	}
	return (uint32_t) value;
}

int
main(int argc, char **argv)
{
	uint32_t	count,
				people;
	uint64_t	all = 0,
				sum = 0;
	size_t		made = 0;
	Event	   *events;

	if (argc != 3)
	{
		fprintf(stderr, "usage: generate EVENTS PEOPLE\n");
		return 2;
	}
	count = number(argv[1], "EVENTS");
	people = number(argv[2], "PEOPLE");
	if (people > count)
	{
		fprintf(stderr, "generate: %" PRIu32 " people cannot share %" PRIu32 " events\n", people, count);
		return 2;
	}
	events = allocate(count, sizeof(Event));

	/* Everybody has one event; the others are shared out by weight, exactly. */
	for (int pass = 0; pass < 2; pass++)
	{
		for (uint32_t person = 1; person <= people; person++)
		{
			uint64_t	weight;
			size_t		end;

			seed_person(person, 1);
			weight = (UINT64_C(16) << 32) / ((next_random() >> 32) + TAIL);
			if (pass == 0)
			{
				all += weight;
				continue;
			}
			sum += weight;
			end = person + (size_t) ((count - people) * sum / all);
			make_person(events + made, (uint32_t) (end - made), person);
			made = end;
		}
	}

	sort_events(&events, count);
	for (size_t i = 0; i < count; i++)
		print_event(&events[i]);
	free(events);
	if (fflush(stdout) != 0)
	{
		perror("generate");
		return 1;
	}
	return 0;
}
