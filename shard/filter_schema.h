/* The shape of a stream record: which fields there are, and what each holds. Pure. */
#ifndef PENSTOCK_SHARD_FILTER_SCHEMA_H
#define PENSTOCK_SHARD_FILTER_SCHEMA_H

#include "shard/filter_program.h"

enum filter_shape {
    FILTER_SHAPE_RECORD,
    FILTER_SHAPE_CHANGE, /* "dynamodb" */
    FILTER_SHAPE_IDENTITY,
    FILTER_SHAPE_ITEM, /* attributes by name */
    FILTER_SHAPE_ATTRIBUTE, /* a value by its type */
    FILTER_SHAPE_TEXT,
    FILTER_SHAPE_NUMBER, /* of JSON */
    FILTER_SHAPE_DECIMAL, /* DynamoDB's N and NS: numbers as texts */
    FILTER_SHAPE_TRUTH, /* true or false */
};

struct filter_schema_field {
    const char *name; /* NULL: any */
    const char *alias; /* as GetRecords writes it, where Lambda writes it otherwise; NULL: none */
    enum filter_shape shape;
    enum filter_source source;
};

static inline bool filter_shape_is_object(enum filter_shape shape)
{
    return shape <= FILTER_SHAPE_ATTRIBUTE;
}

/* The field of an object of this shape. NULL: it has none of this name. */
const struct filter_schema_field *filter_schema_find(enum filter_shape shape, struct slice name);

/* "an attribute, by its type: S, N, ...": what an object of this shape may name. */
const char *filter_schema_names(enum filter_shape shape);

/* Can a test hold for a value of this shape? Objects are nothing to tests: only FILTER_ABSENT holds. */
bool filter_schema_allows(enum filter_shape shape, enum filter_test_kind kind);

/* What stands there instead, and the remedy: for a list of values of which none can hold. */
const char *filter_schema_remedy(enum filter_shape shape);

#endif
