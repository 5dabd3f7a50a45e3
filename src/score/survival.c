/*
 * survival.c
 *		How long it takes until something happens.
 */
#include <math.h>

#include "score/survival.h"
#include "sequence/model.h"

#define FIRST_CAPACITY 16
#define TIMES_PER_CHECK 65536

/* The 97.5 % quantile of the normal distribution. */
#define Z 1.959963984540054

/* A half, whatever products of shares make of it. */
#define HALF (0.5 + 1e-12)

static int
compare_times(const void *a, const void *b)
{
	int64_t		left = ((const SurvivalTime *) a)->elapsed;
	int64_t		right = ((const SurvivalTime *) b)->elapsed;

	return left < right ? -1 : left > right;
}

/* Each time once, shortest first. */
static void
sort_times(Survival *survival)
{
	size_t		kept = 0;

	if (survival->sorted == survival->count)
		return;
	host_sort(survival->times, survival->count, sizeof(SurvivalTime), compare_times);
	for (size_t i = 0; i < survival->count; i++)
	{
		SurvivalTime *time = &survival->times[i];

		if (kept > 0 && survival->times[kept - 1].elapsed == time->elapsed)
		{
			survival->times[kept - 1].happened = model_add_counts(survival->times[kept - 1].happened, time->happened);
			survival->times[kept - 1].censored = model_add_counts(survival->times[kept - 1].censored, time->censored);
		}
		else
			survival->times[kept++] = *time;
	}
	survival->count = survival->sorted = kept;
}

static void
add_time(Survival *survival, const SurvivalTime *time)
{
	bool		rises = survival->count == 0 ||
		survival->times[survival->count - 1].elapsed < time->elapsed;

	if (survival->count == survival->capacity)
	{
		/* times that came again take no more room */
		sort_times(survival);
		if (survival->count > survival->capacity / 2)
		{
			size_t		capacity = checked_growth(survival->capacity, FIRST_CAPACITY);

			survival->times = survival->times ?
				host_realloc_array(survival->times, capacity, sizeof(SurvivalTime)) :
				host_alloc_array(capacity, sizeof(SurvivalTime));
			survival->capacity = capacity;
		}
		else if (survival->capacity == 0)
		{
			survival->times = host_alloc_array(FIRST_CAPACITY, sizeof(SurvivalTime));
			survival->capacity = FIRST_CAPACITY;
		}
		rises = survival->count == 0 || survival->times[survival->count - 1].elapsed < time->elapsed;
	}
	if (rises && survival->sorted == survival->count)
		survival->sorted++;
	survival->times[survival->count++] = *time;
}

void
survival_add(Survival *survival, int64_t elapsed, bool happened)
{
	add_time(survival, &(SurvivalTime) {elapsed, happened, !happened});
}

/* ----- the kind ----- */

static const char *
absorb(void *state, unsigned version, ByteReader *payload)
{
	uint64_t	count = reader_varint(payload);
	uint64_t	elapsed = 0;

	/* a time takes three bytes */
	if (payload->bad || count > reader_left(payload) / 3)
		return "its number of times is out of range";
	for (uint64_t i = 0; i < count; i++)
	{
		uint64_t	more = reader_varint(payload);
		uint64_t	happened = reader_varint(payload);
		uint64_t	censored = reader_varint(payload);

		if (i % TIMES_PER_CHECK == 0)
			host_check_interrupts();
		if (payload->bad || (i > 0 && more == 0) || more > INT64_MAX - elapsed)
			return "a time is cut off or out of range";
		if (happened > INT64_MAX || censored > INT64_MAX || happened + censored == 0)
			return "a count is out of range";
		elapsed += more;
		add_time(state, &(SurvivalTime) {(int64_t) elapsed, happened, censored});
	}
	return NULL;
}

static void
pack(const void *state, ByteBuffer *out)
{
	Survival   *survival = (Survival *) state;
	int64_t		before = 0;

	/* the same value in another order */
	sort_times(survival);
	buffer_varint(out, survival->count);
	for (size_t i = 0; i < survival->count; i++)
	{
		if (i % TIMES_PER_CHECK == 0)
			host_check_interrupts();
		buffer_varint(out, (uint64_t) (survival->times[i].elapsed - before));
		buffer_varint(out, survival->times[i].happened);
		buffer_varint(out, survival->times[i].censored);
		before = survival->times[i].elapsed;
	}
}

PartialKind survival_kind = {"survival", 1, sizeof(Survival), NULL, absorb, pack};
PARTIAL_KIND_REGISTER(survival_kind);

/* ----- the estimate ----- */

static uint64_t
count_people(const Survival *survival, uint64_t *happened)
{
	uint64_t	people = 0;

	*happened = 0;
	for (size_t i = 0; i < survival->count; i++)
	{
		*happened = model_add_counts(*happened, survival->times[i].happened);
		people = model_add_counts(people, survival->times[i].censored);
	}
	return model_add_counts(people, *happened);
}

/*
 * The interval is that of log(-log(survival)), which stays between 0 and 1
 * and holds for few people better than the plain one (Kalbfleisch and
 * Prentice); `variance` is Greenwood's sum.
 */
static void
set_interval(SurvivalStep *step, double variance)
{
	double		width;

	step->low = step->high = NAN;
	if (step->survival <= 0 || step->survival >= 1)
		return;
	width = exp(Z * sqrt(variance) / -log(step->survival));
	step->low = pow(step->survival, width);
	step->high = pow(step->survival, 1 / width);
}

SurvivalStep *
survival_steps(Survival *survival, size_t *count)
{
	SurvivalStep *steps;
	uint64_t	happened;
	uint64_t	left = count_people(survival, &happened);
	double		share = 1;
	double		variance = 0;
	double		hazard = 0;

	sort_times(survival);
	steps = host_alloc_array(survival->count + 1, sizeof(SurvivalStep));
	*count = 0;
	for (size_t i = 0; i < survival->count; i++)
	{
		const SurvivalTime *time = &survival->times[i];

		if (i % TIMES_PER_CHECK == 0)
			host_check_interrupts();
		if (time->happened > 0)
		{
			SurvivalStep *step = &steps[(*count)++];
			double		after = (double) (left - time->happened);

			share *= after / (double) left;
			variance += (double) time->happened / ((double) left * after);
			hazard += (double) time->happened / (double) left;
			*step = (SurvivalStep) {time->elapsed, left, time->happened, 0, share, 0, 0, hazard};
			set_interval(step, variance);
		}
		/* who is watched no longer than this was at risk now */
		if (*count > 0)
			steps[*count - 1].censored += time->censored;
		left -= time->happened + time->censored;
	}
	return steps;
}

SurvivalSummary
survival_summarise(Survival *survival, int64_t horizon)
{
	size_t		count;
	SurvivalStep *steps = survival_steps(survival, &count);
	SurvivalSummary summary = {.median = -1, .median_low = -1, .median_high = -1};
	double		area = 0;
	double		before = 0;
	double		share = 1;
	double		variance = 0;

	summary.people = count_people(survival, &summary.happened);
	summary.longest = survival->count > 0 ? survival->times[survival->count - 1].elapsed : 0;
	for (size_t i = 0; i < count; i++)
	{
		if (summary.median < 0 && steps[i].survival <= HALF)
			summary.median = steps[i].elapsed;
		/* NAN is not below anything */
		if (summary.median_low < 0 && (steps[i].low <= HALF || steps[i].survival <= 0))
			summary.median_low = steps[i].elapsed;
		if (summary.median_high < 0 && (steps[i].high <= HALF || steps[i].survival <= 0))
			summary.median_high = steps[i].elapsed;
	}

	/* from behind: the variance needs the area that is left at each step */
	before = (double) horizon;
	for (size_t i = count; i-- > 0;)
	{
		double		after = (double) (steps[i].at_risk - steps[i].happened);

		if (steps[i].elapsed >= horizon)
			continue;
		share = steps[i].survival;
		area += share * (before - (double) steps[i].elapsed);
		before = (double) steps[i].elapsed;
		if (after > 0)
			variance += area * area * (double) steps[i].happened / ((double) steps[i].at_risk * after);
	}
	summary.mean = area + before;
	summary.mean_error = sqrt(variance);
	/* beyond what anybody was watched, nobody knows */
	if (summary.people == 0 || (horizon > summary.longest && !(count > 0 && steps[count - 1].survival <= 0)))
		summary.mean = summary.mean_error = NAN;
	host_free(steps);
	return summary;
}
