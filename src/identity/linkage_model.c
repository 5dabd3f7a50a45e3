/*
 * linkage_model.c
 *		Linkage models as bytes.
 */
#include "identity/linkage_compare.h"
#include "identity/linkage_model.h"

#define NAME_SIZE_MAX 1000

/* ----- writing ----- */

static void
append_double(ByteBuffer *out, double value)
{
	uint64_t	bits;

	memcpy(&bits, &value, sizeof(bits));
	buffer_reserve(out, sizeof(bits));
	bytes_store_u64(out->data + out->size, bits);
	out->size += sizeof(bits);
}

static void
append_text(ByteBuffer *out, LinkageText text)
{
	buffer_varint(out, text.size);
	buffer_bytes(out, text.data, text.size);
}

static void
append_frequencies(ByteBuffer *out, const LinkageFrequencies *frequencies)
{
	buffer_varint(out, frequencies->total);
	append_double(out, frequencies->other);
	buffer_varint(out, frequencies->count);
	for (uint32_t i = 0; i < frequencies->count; i++)
	{
		buffer_reserve(out, sizeof(uint64_t));
		bytes_store_u64(out->data + out->size, frequencies->frequent[i].hash);
		out->size += sizeof(uint64_t);
		buffer_varint(out, frequencies->frequent[i].rows);
	}
}

static void
append_comparison(ByteBuffer *out, const LinkageComparison *comparison)
{
	append_text(out, comparison->column);
	buffer_byte(out, (uint8_t) comparison->kind);
	buffer_varint(out, comparison->twin == NO_NODE ? 0 : comparison->twin + 1);
	for (uint32_t level = 1; level < linkage_level_count(comparison->kind); level++)
	{
		append_double(out, comparison->rates.m[level]);
		append_double(out, comparison->rates.u[level]);
	}
	append_frequencies(out, &comparison->values);
	append_frequencies(out, &comparison->words);
}

void
linkage_model_append(ByteBuffer *out, const LinkageModel *model)
{
	buffer_byte(out, LINKAGE_MODEL_VERSION);
	buffer_byte(out, 0);
	buffer_varint(out, model->records);
	buffer_varint(out, model->pairs);
	buffer_varint(out, model->seed);
	buffer_varint(out, model->largest_block);
	buffer_varint(out, model->largest_cluster);
	buffer_varint(out, model->compare_all);
	append_double(out, model->prior);
	append_text(out, model->source);
	buffer_varint(out, model->comparison_count);
	for (uint32_t i = 0; i < model->comparison_count; i++)
		append_comparison(out, &model->comparisons[i]);
	buffer_varint(out, model->rule_count);
	for (uint32_t i = 0; i < model->rule_count; i++)
	{
		const LinkageRule *rule = &model->rules[i];

		buffer_varint(out, rule->count);
		for (uint32_t k = 0; k < rule->count; k++)
		{
			buffer_varint(out, rule->keys[k].column);
			buffer_byte(out, rule->keys[k].part);
		}
	}
}

/* ----- what a model must be ----- */

/* A number that a logarithm can be taken of without passing what weights can be. */
static bool
is_probability(double value)
{
	return value >= 1e-15 && value <= 1;
}

static bool
text_equal(LinkageText a, LinkageText b)
{
	return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static const char *
frequencies_wrong(const LinkageFrequencies *frequencies)
{
	if (!(frequencies->other >= 1 && frequencies->other <= UINT32_MAX))
		return "a number of rows is out of range";
	if (frequencies->total > NODES_MAX)
		return "too many rows";
	for (uint32_t i = 0; i < frequencies->count; i++)
	{
		if (frequencies->frequent[i].rows < 1 || frequencies->frequent[i].rows > frequencies->total)
			return "a value has more rows than there are";
		if (i > 0 && frequencies->frequent[i].hash <= frequencies->frequent[i - 1].hash)
			return "hashes of values are not in order";
	}
	return NULL;
}

static const char *
comparison_wrong(const LinkageModel *model, uint32_t number)
{
	const LinkageComparison *comparison = &model->comparisons[number];
	const LinkageComparison *twin;
	const char *wrong;

	if (comparison->column.size == 0 || comparison->column.size > NAME_SIZE_MAX)
		return "a column has no name, or a very long one";
	for (uint32_t i = 0; i < number; i++)
	{
		if (text_equal(comparison->column, model->comparisons[i].column))
			return "a column is compared twice";
	}
	if (comparison->twin != NO_NODE)
	{
		if (comparison->twin >= model->comparison_count || comparison->twin == number)
			return "a column is compared across with one that is not there";
		twin = &model->comparisons[comparison->twin];
		if (twin->twin != number || comparison->kind != LINKAGE_NAME || twin->kind != LINKAGE_NAME)
			return "only two columns of names are compared across";
	}
	for (uint32_t level = 1; level < linkage_level_count(comparison->kind); level++)
	{
		if (!is_probability(comparison->rates.m[level]) || !is_probability(comparison->rates.u[level]))
			return "m and u must be between 0 and 1";
	}
	wrong = frequencies_wrong(&comparison->values);
	return wrong != NULL ? wrong : frequencies_wrong(&comparison->words);
}

static const char *
rule_wrong(const LinkageModel *model, const LinkageRule *rule)
{
	if (rule->count < 1 || rule->count > LINKAGE_KEYS_MAX)
		return "a blocking rule has one to three keys";
	for (uint32_t k = 0; k < rule->count; k++)
	{
		if (rule->keys[k].column >= model->comparison_count)
			return "a blocking rule uses a column that is not compared";
		if (rule->keys[k].part >= LINKAGE_PARTS ||
			!linkage_has_part(model->comparisons[rule->keys[k].column].kind, (LinkagePart) rule->keys[k].part))
			return "a blocking rule uses a part that its column does not have";
		for (uint32_t other = 0; other < k; other++)
		{
			if (rule->keys[k].column == rule->keys[other].column)
				return "a blocking rule uses a column twice";
		}
	}
	return NULL;
}

const char *
linkage_model_wrong(const LinkageModel *model)
{
	const char *wrong = NULL;

	if (!is_probability(model->prior) || model->prior > 0.999999999999)
		return "the prior must be between 0 and 1";
	if (model->largest_block < 2 || model->largest_block > NODES_MAX ||
		model->largest_cluster < 2 || model->largest_cluster > NODES_MAX ||
		model->compare_all > NODES_MAX || model->records > NODES_MAX || model->seed > INT64_MAX)
		return "a limit is out of range";
	if (model->comparison_count < 1 || model->comparison_count > LINKAGE_COMPARISONS_MAX)
		return "the number of columns compared is out of range";
	if (model->rule_count > LINKAGE_RULES_MAX || (model->rule_count == 0 && model->compare_all == 0))
		return "the number of blocking rules is out of range";
	for (uint32_t i = 0; wrong == NULL && i < model->comparison_count; i++)
		wrong = comparison_wrong(model, i);
	for (uint32_t i = 0; wrong == NULL && i < model->rule_count; i++)
		wrong = rule_wrong(model, &model->rules[i]);
	for (uint32_t i = 0; wrong == NULL && i < model->comparison_count; i++)
	{
		if (text_equal(model->comparisons[i].column, model->source))
			wrong = "the source of records is not compared";
	}
	return wrong;
}

/* ----- reading ----- */

static double
read_double(ByteReader *reader)
{
	const uint8_t *at = reader_bytes(reader, sizeof(uint64_t));
	uint64_t	bits = at == NULL ? 0 : bytes_load_u64(at);
	double		value;

	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* A number of at most 32 bits. */
static uint32_t
read_u32(ByteReader *reader)
{
	uint64_t	value = reader_varint(reader);

	reader->bad |= value > UINT32_MAX;
	return (uint32_t) value;
}

static LinkageText
read_text(ByteReader *reader)
{
	uint32_t	size = read_u32(reader);
	const uint8_t *at = reader_bytes(reader, size);
	LinkageText text = {(const char *) at, at == NULL ? 0 : size};

	return text;
}

static void
read_frequencies(ByteReader *reader, LinkageFrequencies *frequencies)
{
	frequencies->total = read_u32(reader);
	frequencies->other = read_double(reader);
	frequencies->count = read_u32(reader);
	/* an entry has nine bytes at least */
	if (reader->bad || frequencies->count > reader_left(reader) / 9)
	{
		reader->bad = true;
		frequencies->count = 0;
	}
	frequencies->frequent = host_alloc_array((size_t) frequencies->count + 1, sizeof(LinkageFrequent));
	for (uint32_t i = 0; i < frequencies->count; i++)
	{
		const uint8_t *at = reader_bytes(reader, sizeof(uint64_t));

		frequencies->frequent[i].hash = at == NULL ? 0 : bytes_load_u64(at);
		frequencies->frequent[i].rows = read_u32(reader);
	}
}

static void
read_comparison(ByteReader *reader, LinkageComparison *comparison)
{
	uint32_t	twin;
	uint8_t		kind;

	comparison->column = read_text(reader);
	kind = reader_byte(reader);
	reader->bad |= kind >= LINKAGE_KINDS;
	comparison->kind = reader->bad ? LINKAGE_CATEGORY : (LinkageKind) kind;
	twin = read_u32(reader);
	comparison->twin = twin == 0 ? NO_NODE : twin - 1;
	for (uint32_t level = 1; level < linkage_level_count(comparison->kind); level++)
	{
		comparison->rates.m[level] = read_double(reader);
		comparison->rates.u[level] = read_double(reader);
	}
	read_frequencies(reader, &comparison->values);
	read_frequencies(reader, &comparison->words);
}

static void
read_rule(ByteReader *reader, LinkageRule *rule)
{
	uint32_t	count = read_u32(reader);

	reader->bad |= count > LINKAGE_KEYS_MAX;
	rule->count = reader->bad ? 0 : (uint8_t) count;
	for (uint32_t k = 0; k < rule->count; k++)
	{
		uint32_t	column = read_u32(reader);

		reader->bad |= column >= LINKAGE_COMPARISONS_MAX;
		rule->keys[k].column = (uint8_t) column;
		rule->keys[k].part = reader_byte(reader);
	}
}

const char *
linkage_model_problem(LinkageModel *model, const void *data, size_t size)
{
	ByteReader	reader = reader_over(data, size);

	memset(model, 0, sizeof(LinkageModel));
	if (reader_byte(&reader) != LINKAGE_MODEL_VERSION)
		return "its version is unknown";
	if (reader_byte(&reader) != 0)
		return "reserved bits are set";
	model->records = read_u32(&reader);
	model->pairs = reader_varint(&reader);
	model->seed = reader_varint(&reader);
	model->largest_block = read_u32(&reader);
	model->largest_cluster = read_u32(&reader);
	model->compare_all = read_u32(&reader);
	model->prior = read_double(&reader);
	model->source = read_text(&reader);
	model->comparison_count = read_u32(&reader);
	if (reader.bad || model->comparison_count > LINKAGE_COMPARISONS_MAX)
		return "the number of columns compared is out of range";
	for (uint32_t i = 0; i < model->comparison_count; i++)
		read_comparison(&reader, &model->comparisons[i]);
	model->rule_count = read_u32(&reader);
	if (reader.bad || model->rule_count > LINKAGE_RULES_MAX)
		return "the number of blocking rules is out of range";
	for (uint32_t i = 0; i < model->rule_count; i++)
		read_rule(&reader, &model->rules[i]);
	if (reader.bad || reader_left(&reader) > 0)
		return "its size is wrong";
	return linkage_model_wrong(model);
}

void
linkage_model_open(LinkageModel *model, const void *data, size_t size)
{
	const char *problem = linkage_model_problem(model, data, size);

	if (problem != NULL)
		host_fail(HOST_CORRUPT, "stored linkage_model is damaged",
				  host_format("Of the model, %s.", problem), NULL);
}
