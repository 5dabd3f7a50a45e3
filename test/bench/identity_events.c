/*
 * identity_events.c
 *		Events of people on cookies and devices, in time order, as COPY reads them:
 *		seconds, cookie, device, user_id, email, and the person who did it.
 *
 *	usage: identity_events PEOPLE [SEED]
 *
 * What makes identities hard is in it: devices of a household, kiosks, cookies
 * that are reset or kept when the next one sits down, visits without a login,
 * placeholders, second addresses, and somebody else's address typed in.  Who
 * comes when, and who sits at a shared device, is drawn and follows from
 * nothing.  Integer arithmetic over one hash: the same arguments give the same
 * bytes on every machine.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY 86400
#define PERIOD (90 * DAY)
#define STEP 25					/* seconds between the events of a visit */

#define OWN_DEVICES_MAX 3
#define PEOPLE_A_KIOSK 4000

typedef struct Person
{
	uint32_t	first_device;	/* own ones, one behind the other */
	uint32_t	devices;
	uint32_t	household;		/* its device; 0: lives alone */
	uint32_t	logs_in;		/* of a hundred visits */
} Person;

typedef struct Visit
{
	uint32_t	at;
	uint32_t	person;
	uint32_t	device;
	uint32_t	length;			/* events */
	uint32_t	login;			/* from this event on; length: never */
	uint32_t	cookie;
} Visit;

typedef struct Event
{
	uint32_t	at;
	uint32_t	visit;
	uint32_t	step;
} Event;

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

static void *
allocate(size_t count, size_t size)
{
	void	   *memory = calloc(count, size);

	if (!memory)
	{
		fprintf(stderr, "identity_events: out of memory for %zu things\n", count);
		exit(1);
	}
	return memory;
}

static uint64_t
number(const char *text, const char *name, uint64_t limit)
{
	char	   *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value < 1 || value > limit)
	{
		fprintf(stderr, "identity_events: %s must be a whole number from 1 to %" PRIu64 ", not \"%s\"\n", name, limit, text);
		exit(2);
	}
	return value;
}

/* ----- people, devices, visits ----- */

/* Devices are numbered from 1, the kiosks last; returns how many there are. */
static uint32_t
make_people(Person *people, uint32_t count)
{
	uint32_t	device = 1;

	for (uint32_t i = 0; i < count; i++)
	{
		people[i].devices = 1 + below(OWN_DEVICES_MAX);
		people[i].first_device = device;
		device += people[i].devices;
		people[i].logs_in = 20 + below(80);
	}
	/* neighbours live together */
	for (uint32_t i = 0; i + 4 < count;)
	{
		uint32_t	members = 2 + below(3);

		if (below(15) == 0)
		{
			for (uint32_t member = 0; member < members; member++)
				people[i + member].household = device;
			device++;
			i += members;
		}
		else
			i++;
	}
	return device;
}

/* How often somebody comes has a tail: twice as often is half as likely. */
static uint32_t
visits_of_somebody(void)
{
	uint32_t	visits = 2 + below(6);

	while (visits < 60 && below(5) == 0)
		visits += 1 + below(visits);
	return visits;
}

static uint32_t
device_of_visit(const Person *person, uint32_t kiosks_begin, uint32_t kiosks)
{
	uint32_t	device;

	if (below(1000) < 7)
		return kiosks_begin + below(kiosks);
	device = below(person->devices + (person->household != 0));
	return device == person->devices ? person->household : person->first_device + device;
}

static int
compare_visits(const void *left, const void *right)
{
	const Visit *a = left;
	const Visit *b = right;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	return (a->person > b->person) - (a->person < b->person);
}

static int
compare_events(const void *left, const void *right)
{
	const Event *a = left;
	const Event *b = right;

	if (a->at != b->at)
		return a->at < b->at ? -1 : 1;
	if (a->visit != b->visit)
		return a->visit < b->visit ? -1 : 1;
	return (a->step > b->step) - (a->step < b->step);
}

/* A device has one cookie until somebody logs out or clears it. */
static void
give_cookies(Visit *visits, uint32_t count, uint32_t devices)
{
	uint32_t   *cookie = allocate(devices, sizeof(uint32_t));
	uint32_t	made = 0;

	for (uint32_t i = 0; i < count; i++)
	{
		uint32_t   *its = &cookie[visits[i].device];

		if (*its == 0)
			*its = ++made;
		visits[i].cookie = *its;
		if (below(100) < (visits[i].login < visits[i].length ? 35 : 10))
			*its = 0;
	}
	free(cookie);
}

/* ----- events ----- */

static void
print_address(uint32_t person)
{
	printf(below(12) == 0 ? "person%" PRIu32 ".second@mail.example" : "person%" PRIu32 "@mail.example", person);
}

static void
print_event(const Event *event, const Visit *visit, uint32_t people)
{
	static const char *const nobody[] = {"null", "anonymous", "-1", "00000000-0000"};
	static const char *const nowhere[] = {"test@test.com", "noreply@shop.example"};
	uint32_t	dice = below(1000);

	printf("%" PRIu32 "\tk%" PRIu32 "\td%" PRIu32 "\t", event->at, visit->cookie, visit->device);
	if (event->step >= visit->login)
	{
		printf("user%" PRIu32 "\t", visit->person);
		if (below(4) == 0)
			print_address(visit->person);
	}
	else if (dice < 2)
		printf("%s\t", nobody[below(4)]);
	else if (dice < 4)
		printf("\t%s", nowhere[below(2)]);
	else if (dice < 5)
	{
		putchar('\t');
		print_address(below(people));
	}
	else if (dice < 40)
	{
		putchar('\t');
		print_address(visit->person);
	}
	else
		putchar('\t');
	printf("\t%" PRIu32 "\n", visit->person);
}

int
main(int argc, char **argv)
{
	uint32_t	count;
	uint32_t	kiosks;
	uint32_t	kiosks_begin;
	Person	   *people;
	Visit	   *visits;
	Event	   *events;
	uint32_t	visit_count = 0;
	uint64_t	event_count = 0;

	if (argc < 2 || argc > 3)
	{
		fprintf(stderr, "usage: identity_events PEOPLE [SEED]\n");
		return 2;
	}
	count = (uint32_t) number(argv[1], "PEOPLE", 10000000);
	stream = argc > 2 ? number(argv[2], "SEED", UINT32_MAX) : 1;
	people = allocate(count, sizeof(Person));
	kiosks_begin = make_people(people, count);
	kiosks = 1 + count / PEOPLE_A_KIOSK;

	visits = allocate((size_t) count * 128, sizeof(Visit));
	for (uint32_t i = 0; i < count; i++)
	{
		for (uint32_t left = visits_of_somebody(); left > 0; left--)
		{
			Visit	   *visit = &visits[visit_count++];

			visit->at = below(PERIOD);
			visit->person = i;
			visit->device = device_of_visit(&people[i], kiosks_begin, kiosks);
			visit->length = 1 + below(4);
			visit->login = below(100) < people[i].logs_in ? below(visit->length) : visit->length;
			event_count += visit->length;
		}
	}
	qsort(visits, visit_count, sizeof(Visit), compare_visits);
	give_cookies(visits, visit_count, kiosks_begin + kiosks);

	events = allocate(event_count, sizeof(Event));
	event_count = 0;
	for (uint32_t i = 0; i < visit_count; i++)
	{
		for (uint32_t step = 0; step < visits[i].length; step++)
			events[event_count++] = (Event) {visits[i].at + step * STEP, i, step};
	}
	qsort(events, event_count, sizeof(Event), compare_events);
	for (uint64_t i = 0; i < event_count; i++)
		print_event(&events[i], &visits[events[i].visit], count);
	free(events);
	free(visits);
	free(people);
	if (fflush(stdout) != 0)
	{
		perror("identity_events");
		return 1;
	}
	return 0;
}
