/*
 * scorecard_text.c
 *		The canonical JSON text of a scorecard, and of a list of signals.
 */
#include "base/duration.h"
#include "score/json_reader.h"
#include "score/scorecard.h"

static void
json_fixed(ByteBuffer *out, Fixed fixed)
{
	char		text[FIXED_TEXT_MAX];

	buffer_bytes(out, text, fixed_to_text(fixed, text));
}

static void
json_duration(ByteBuffer *out, int64_t microseconds)
{
	char		text[DURATION_TEXT_MAX];

	json_append_string(out, text, duration_to_text(microseconds, text));
}

static void
json_touchpoints(ByteBuffer *out, const TouchpointPattern *patterns, uint32_t count)
{
	ByteBuffer	text;

	buffer_init(&text, 64);
	buffer_byte(out, '[');
	for (uint32_t i = 0; i < count; i++)
	{
		buffer_text(out, i > 0 ? ", " : "");
		text.size = 0;
		touchpoint_pattern_append(&text, &patterns[i]);
		json_append_string(out, (const char *) text.data, text.size);
	}
	buffer_byte(out, ']');
	host_free(text.data);
}

/* Which of its events a signal looks at. */
static void
json_narrowed(ByteBuffer *out, const ScoreSignal *signal)
{
	if (signal->within > 0)
	{
		buffer_text(out, ", \"within\": ");
		json_duration(out, signal->within);
	}
	if (signal->until_count > 0)
	{
		buffer_text(out, ", \"until\": ");
		json_touchpoints(out, signal->until, signal->until_count);
	}
	if (signal->after_count > 0)
	{
		buffer_text(out, ", \"after\": ");
		json_touchpoints(out, signal->after, signal->after_count);
	}
	if (signal->hour_from != 0 || signal->hour_until != 24)
		buffer_text(out, host_format(", \"hours\": [%d, %d]", signal->hour_from, signal->hour_until));
	if (signal->weekdays != SIGNAL_EVERY_DAY)
	{
		const char *before = ", \"weekdays\": [\"";

		for (int day = 0; day < 7; day++)
		{
			if ((signal->weekdays >> day & 1) == 0)
				continue;
			buffer_text(out, before);
			buffer_text(out, score_weekday_names[day]);
			before = "\", \"";
		}
		buffer_text(out, "\"]");
	}
	if (signal->has_run)
	{
		buffer_text(out, signal->measure == MEASURE_PERIODS ? ", \"period\": " : ", \"session_gap\": ");
		json_duration(out, signal->run);
	}
}

static void
json_signal(ByteBuffer *out, const Scorecard *card, const ScoreSignal *signal)
{
	buffer_text(out, "{\"name\": ");
	json_append_string(out, signal->name.data, signal->name.size);
	if (measure_is_of_pattern(signal->measure))
	{
		buffer_text(out, ", \"pattern\": ");
		json_append_string(out, signal->text.data, signal->text.size);
	}
	else
	{
		buffer_text(out, ", \"touchpoints\": ");
		json_touchpoints(out, signal->patterns, signal->pattern_count);
	}
	buffer_text(out, ", \"measure\": \"");
	buffer_text(out, score_measure_names[signal->measure]);
	buffer_byte(out, '"');
	if (signal->half_life > 0)
	{
		buffer_text(out, ", \"half_life\": ");
		json_duration(out, signal->half_life);
	}
	json_narrowed(out, signal);
	if (signal->has_cap)
	{
		buffer_text(out, ", \"cap\": ");
		json_fixed(out, signal->cap);
	}
	if (signal->transform != TRANSFORM_POINTS)
		buffer_text(out, signal->transform == TRANSFORM_LOG1P ?
					", \"transform\": \"log1p\"" : ", \"transform\": \"linear\"");
	else
	{
		buffer_text(out, ", \"transform\": {\"points\": [");
		for (uint32_t i = 0; i < signal->point_count; i++)
		{
			buffer_text(out, i > 0 ? ", [" : "[");
			json_fixed(out, signal->points[i].x);
			buffer_text(out, ", ");
			json_fixed(out, signal->points[i].y);
			buffer_byte(out, ']');
		}
		buffer_text(out, "]}");
	}
	if (card->intent_count == 0)
	{
		buffer_byte(out, '}');
		return;
	}
	buffer_text(out, ", \"weights\": {");
	for (uint32_t i = 0; i < signal->weight_count; i++)
	{
		const ScoreText *intent = &card->intents[signal->weights[i].intent].name;

		buffer_text(out, i > 0 ? ", " : "");
		json_append_string(out, intent->data, intent->size);
		buffer_text(out, ": ");
		json_fixed(out, signal->weights[i].weight);
	}
	buffer_text(out, "}}");
}

static void
json_clocks(ByteBuffer *out, const Scorecard *card)
{
	buffer_text(out, "\"session_gap\": ");
	json_duration(out, card->session_gap);
	if (card->utc_offset != 0)
	{
		int			minutes = (int) (card->utc_offset / SCORECARD_MINUTE);
		int			size = minutes < 0 ? -minutes : minutes;

		buffer_text(out, host_format(", \"utc_offset\": \"%c%02d:%02d\"", minutes < 0 ? '-' : '+', size / 60, size % 60));
	}
}

void
scorecard_append_json(ByteBuffer *out, const Scorecard *card)
{
	buffer_text(out, card->intent_count > 0 ? "{\"intents\": {" : "{");
	for (uint32_t i = 0; i < card->intent_count; i++)
	{
		buffer_text(out, i > 0 ? ", " : "");
		json_append_string(out, card->intents[i].name.data, card->intents[i].name.size);
		buffer_text(out, ": {\"base\": ");
		json_fixed(out, card->intents[i].base);
		buffer_byte(out, '}');
	}
	buffer_text(out, card->intent_count > 0 ? "}, " : "");
	json_clocks(out, card);
	buffer_text(out, ", \"signals\": [");
	for (uint32_t i = 0; i < card->signal_count; i++)
	{
		buffer_text(out, i > 0 ? ", " : "");
		json_signal(out, card, &card->signals[i]);
	}
	buffer_text(out, "]}");
}
