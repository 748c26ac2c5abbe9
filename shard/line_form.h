/* How a line's images are written: which attributes, typed or plain, as objects or as texts. */
#ifndef PENSTOCK_SHARD_LINE_FORM_H
#define PENSTOCK_SHARD_LINE_FORM_H

#include "shard/projection.h"

enum line_format {
    LINE_TYPED, /* DynamoDB's JSON, {"price":{"N":"1.50"}} */
    LINE_PLAIN, /* ordinary JSON, {"price":1.50}: shard/line_plain.h */
};

enum line_images {
    LINE_OBJECTS,
    LINE_TEXTS, /* one JSON string each, for Firehose's conversion to Parquet with a fixed schema */
};

/* Zeroed: images go byte for byte as they came. */
struct line_form {
    enum line_format format;
    enum line_images images;
    const struct projection *projection; /* borrowed; NULL: all attributes land */
};

/* Byte for byte as they came? Then the functions below would only copy. */
bool line_form_is_verbatim(const struct line_form *form);

/* The bytes that line_form_put needs for an image of this length, room to work in included. */
size_t line_form_bound(const struct line_form *form, size_t length);

/* Writes `image`, of an item with these keys, to `at` and returns the end; both are sound JSON objects. Line
 * feeds and carriage returns between tokens stay where images are objects. Pure. */
char *line_form_put(char *at, const struct line_form *form, struct slice keys, struct slice image);

#endif
