/*
 * linkage_text.c
 *		A linkage model as JSON.
 *
 * It is written so that people can read what was learned, and so that it reads
 * back as the same bytes: numbers as short as they can be.
 */
#include "identity/linkage_compare.h"
#include "identity/linkage_model.h"

static const char *const kind_names[LINKAGE_KINDS] = {
	[LINKAGE_CATEGORY] = "category",
	[LINKAGE_NAME] = "name",
	[LINKAGE_WORDS] = "words",
	[LINKAGE_CODE] = "code",
	[LINKAGE_DATE] = "date",
	[LINKAGE_EMAIL] = "email",
	[LINKAGE_NUMBER] = "number",
};

const char *
linkage_kind_name(LinkageKind kind)
{
	return kind_names[kind];
}

static void
put_string(ByteBuffer *out, LinkageText text)
{
	static const char hex[] = "0123456789abcdef";

	buffer_byte(out, '"');
	for (uint32_t i = 0; i < text.size; i++)
	{
		uint8_t		byte = (uint8_t) text.data[i];

		if (byte == '"' || byte == '\\')
			buffer_byte(out, '\\');
		if (byte >= ' ')
			buffer_byte(out, byte);
		else
		{
			buffer_text(out, "\\u00");
			buffer_byte(out, (uint8_t) hex[byte >> 4]);
			buffer_byte(out, (uint8_t) hex[byte & 15]);
		}
	}
	buffer_byte(out, '"');
}

static void
put_count(ByteBuffer *out, uint64_t count)
{
	char		digits[20];
	size_t		size = 0;

	do
		digits[size++] = (char) ('0' + count % 10);
	while ((count /= 10) > 0);
	while (size > 0)
		buffer_byte(out, (uint8_t) digits[--size]);
}

static void
put_double(ByteBuffer *out, double value)
{
	char		text[HOST_DOUBLE_TEXT_MAX];

	buffer_bytes(out, text, host_double_to_text(value, text));
}

static void
put_counted(ByteBuffer *out, const char *key, uint64_t count)
{
	buffer_text(out, key);
	put_count(out, count);
}

static void
put_frequencies(ByteBuffer *out, const char *key, const LinkageFrequencies *frequencies)
{
	static const char hex[] = "0123456789abcdef";

	buffer_text(out, key);
	put_counted(out, "{\"total\": ", frequencies->total);
	buffer_text(out, ", \"other\": ");
	put_double(out, frequencies->other);
	buffer_text(out, ", \"frequent\": {");
	for (uint32_t i = 0; i < frequencies->count; i++)
	{
		buffer_text(out, i == 0 ? "\"" : ", \"");
		for (int shift = 60; shift >= 0; shift -= 4)
			buffer_byte(out, (uint8_t) hex[(frequencies->frequent[i].hash >> shift) & 15]);
		put_counted(out, "\": ", frequencies->frequent[i].rows);
	}
	buffer_text(out, "}}");
}

static void
put_comparison(ByteBuffer *out, const LinkageModel *model, const LinkageComparison *comparison)
{
	buffer_text(out, "{\"column\": ");
	put_string(out, comparison->column);
	buffer_text(out, ", \"kind\": \"");
	buffer_text(out, linkage_kind_name(comparison->kind));
	buffer_byte(out, '"');
	if (comparison->twin != NO_NODE)
	{
		buffer_text(out, ", \"across\": ");
		put_string(out, model->comparisons[comparison->twin].column);
	}
	buffer_text(out, ", \"levels\": {");
	for (uint32_t level = 1; level < linkage_level_count(comparison->kind); level++)
	{
		buffer_text(out, level == 1 ? "\"" : ", \"");
		buffer_text(out, linkage_level_name(comparison->kind, level));
		buffer_text(out, "\": {\"m\": ");
		put_double(out, comparison->rates.m[level]);
		buffer_text(out, ", \"u\": ");
		put_double(out, comparison->rates.u[level]);
		buffer_byte(out, '}');
	}
	buffer_byte(out, '}');
	put_frequencies(out, ", \"values\": ", &comparison->values);
	if (comparison->kind == LINKAGE_WORDS)
		put_frequencies(out, ", \"words\": ", &comparison->words);
	buffer_byte(out, '}');
}

static void
put_rule(ByteBuffer *out, const LinkageModel *model, const LinkageRule *rule)
{
	for (uint32_t k = 0; k < rule->count; k++)
	{
		buffer_text(out, k == 0 ? "[{\"column\": " : ", {\"column\": ");
		put_string(out, model->comparisons[rule->keys[k].column].column);
		buffer_text(out, ", \"part\": \"");
		buffer_text(out, linkage_part_name((LinkagePart) rule->keys[k].part));
		buffer_text(out, "\"}");
	}
	buffer_byte(out, ']');
}

void
linkage_model_to_text(ByteBuffer *out, const LinkageModel *model)
{
	put_counted(out, "{\"records\": ", model->records);
	put_counted(out, ", \"pairs\": ", model->pairs);
	put_counted(out, ", \"seed\": ", model->seed);
	put_counted(out, ", \"largest_block\": ", model->largest_block);
	put_counted(out, ", \"largest_cluster\": ", model->largest_cluster);
	put_counted(out, ", \"compare_all\": ", model->compare_all);
	buffer_text(out, ", \"prior\": ");
	put_double(out, model->prior);
	if (model->source.size > 0)
	{
		buffer_text(out, ", \"source\": ");
		put_string(out, model->source);
	}
	buffer_text(out, ", \"comparisons\": [");
	for (uint32_t i = 0; i < model->comparison_count; i++)
	{
		buffer_text(out, i == 0 ? "" : ", ");
		put_comparison(out, model, &model->comparisons[i]);
	}
	buffer_text(out, "], \"blocking\": [");
	for (uint32_t i = 0; i < model->rule_count; i++)
	{
		buffer_text(out, i == 0 ? "" : ", ");
		put_rule(out, model, &model->rules[i]);
	}
	buffer_text(out, "]}");
}
