/*
 * gathering_test.c
 *		Observations taken in at once, against looking at each of them again.
 */
#include "tap.h"

#include "graph/gathering.h"

#define KINDS 4
#define VALUES 12				/* of a kind */
#define OBSERVATIONS 60
#define ROUNDS 200

static const GatheredKind kinds[KINDS] = {
	{"login", 5, 10, false}, {"email", 5, 20, false}, {"phone", 5, 20, false}, {"cookie", 6, 30, true}
};

typedef struct Round
{
	uint32_t	count;
	int64_t		at[OBSERVATIONS];
	int			value[OBSERVATIONS][KINDS];	/* -1: none */
} Round;

static Round
make_round(uint64_t *random)
{
	Round		round = {.count = (uint32_t) random_below(random, OBSERVATIONS)};

	for (uint32_t n = 0; n < round.count; n++)
	{
		/* few different times, before and after the epoch */
		round.at[n] = (int64_t) random_below(random, 9) - 4;
		for (int kind = 0; kind < KINDS; kind++)
			round.value[n][kind] = random_below(random, 3) ? (int) random_below(random, VALUES) : -1;
	}
	return round;
}

static void
fill(Gathering *gathering, const Round *round)
{
	gathering_init(gathering, kinds, KINDS);
	for (uint32_t n = 0; n < round->count; n++)
	{
		gathering_observe(gathering, round->at[n]);
		for (uint32_t kind = 0; kind < KINDS; kind++)
		{
			char		text[16];

			if (round->value[n][kind] < 0)
				continue;
			/* equal texts of different kinds are different identifiers */
			gathering_add(gathering, kind, text, (size_t) snprintf(text, sizeof(text), "v%d", round->value[n][kind]));
		}
	}
}

/* What the graph would say of a value: some are nobody, some are not taken in. */
static int64_t
id_of(uint32_t kind, int value)
{
	return value == 0 ? 0 : 1000 - (int64_t) kind * VALUES - value;
}

static bool
names_nobody(int value)
{
	return value == 1;
}

static void
resolve(Gathering *gathering)
{
	for (uint32_t i = 0; i < gathering->value_count; i++)
	{
		GatheredValue *value = &gathering->values[i];
		int			number = atoi(gathered_text(gathering, value) + 1);

		value->id = id_of(value->kind, number);
		value->nobody = names_nobody(number);
	}
}

/* The kind of the strongest identifier of an observation, or -1. */
static int
strongest_kind(const Round *round, uint32_t n)
{
	int			best = -1;

	for (int kind = 0; kind < KINDS; kind++)
	{
		int			value = round->value[n][kind];

		if (value < 2 || kinds[kind].shared)
			continue;
		if (best < 0 || kinds[kind].priority < kinds[best].priority ||
			(kinds[kind].priority == kinds[best].priority && id_of(kind, value) < id_of(best, round->value[n][best])))
			best = kind;
	}
	return best;
}

static void
check_pairs(const Round *round, const GatheredPair *pairs, size_t count)
{
	int64_t		all = 0;
	int64_t		expected = 0;

	for (size_t i = 0; i < count; i++)
	{
		int64_t		times = 0;
		int64_t		first = INT64_MAX;

		hold(pairs[i].a < pairs[i].b);
		hold(i == 0 || pairs[i - 1].a < pairs[i].a || (pairs[i - 1].a == pairs[i].a && pairs[i - 1].b < pairs[i].b));
		for (uint32_t n = 0; n < round->count; n++)
		{
			int			best = strongest_kind(round, n);

			for (int kind = 0; best >= 0 && kind < KINDS; kind++)
			{
				int64_t		id = id_of(kind, round->value[n][kind]);
				int64_t		best_id = id_of(best, round->value[n][best]);

				if (round->value[n][kind] < 1 || kinds[kind].shared || kind == best)
					continue;
				expected += i == 0;
				if ((id < best_id ? id : best_id) != pairs[i].a || (id < best_id ? best_id : id) != pairs[i].b)
					continue;
				times++;
				first = round->at[n] < first ? round->at[n] : first;
			}
		}
		hold(times == pairs[i].count && first == pairs[i].at);
		all += pairs[i].count;
	}
	hold(count == 0 || all == expected);
}

static void
check_sightings(const Round *round, GatheredSighting *sightings, size_t count)
{
	size_t		found = 0;
	size_t		carried;

	for (uint32_t n = 0; n < round->count; n++)
	{
		int			best = strongest_kind(round, n);
		int64_t		carrier = id_of(3, round->value[n][3]);
		size_t		i = 0;

		if (best < 0 || round->value[n][3] < 1)
			continue;
		found++;
		while (i < count && !(sightings[i].carrier == carrier && sightings[i].at == round->at[n] &&
							  sightings[i].identifier == id_of(best, round->value[n][best])))
			i++;
		hold(i < count);
	}
	hold(count <= found && (count > 0 || found == 0));
	for (size_t i = 1; i < count; i++)
		hold(memcmp(&sightings[i - 1], &sightings[i], sizeof(GatheredSighting)) != 0 && sightings[i - 1].carrier <= sightings[i].carrier);
	carried = gathering_carried(sightings, count);
	hold(carried <= count && (carried > 0 || count == 0));
	for (size_t i = 1; i < carried; i++)
		hold(sightings[i - 1].carrier < sightings[i].carrier ||
			 (sightings[i - 1].carrier == sightings[i].carrier && sightings[i - 1].identifier < sightings[i].identifier));
}

static void
test_rounds(void)
{
	uint64_t	random = 9;

	for (int i = 0; i < ROUNDS; i++)
	{
		Round		round = make_round(&random);

		hold(HOST_CALL(
		{
			Gathering	gathering;
			GatheredPair *pairs;
			GatheredSighting *sightings;
			uint32_t   *aged;
			size_t		count;

			fill(&gathering, &round);
			resolve(&gathering);
			aged = gathering_by_age(&gathering);
			for (uint32_t n = 1; n < gathering.value_count; n++)
			{
				const GatheredValue *a = &gathering.values[aged[n - 1]];
				const GatheredValue *b = &gathering.values[aged[n]];

				hold(a->first_seen < b->first_seen || (a->first_seen == b->first_seen && a->kind <= b->kind));
			}
			count = gathering_pairs(&gathering, &pairs);
			check_pairs(&round, pairs, count);
			count = gathering_sightings(&gathering, &sightings);
			check_sightings(&round, sightings, count);
		}));
	}
	held("pairs, sightings and who is carried, as by looking again");
}

static void
test_edges(void)
{
	hold(HOST_CALL(
	{
		Gathering	gathering;
		GatheredPair *pairs;

		gathering_init(&gathering, kinds, KINDS);
		hold(gathering_observations(&gathering) == 0 && gathering_pairs(&gathering, &pairs) == 0);
		hold(gathering_kind(&gathering, "phone", 5) == 2 && gathering_kind(&gathering, "phones", 6) == KINDS);
		gathering_observe(&gathering, 1);
		gathering_observe(&gathering, 2);
		hold(gathering_observations(&gathering) == 0);
		gathering_add(&gathering, 0, "x", 1);
		gathering_observe(&gathering, 3);
		hold(gathering_observations(&gathering) == 1);
		hold(gathering.value_count == 1 && gathering.values[0].first_seen == 2);
	}));
	held("observations without identifiers count for nothing");
}

int
main(void)
{
	test_rounds();
	test_edges();
	return done_testing();
}
