/* How a line's images are written: which attributes, typed or plain, as objects or as texts. */
#ifndef PENSTOCK_SHARD_LINE_FORM_H
#define PENSTOCK_SHARD_LINE_FORM_H

#include "base/bytes.h"

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
};

/* Byte for byte as they came? Then the functions below are not needed. */
bool line_form_is_verbatim(const struct line_form *form);

/* The bytes that line_form_put needs for an image of this length, room to work in included. */
size_t line_form_bound(const struct line_form *form, size_t length);

/* Writes `image`, a sound JSON object, to `at` and returns the end. Line feeds and carriage returns between
 * tokens stay where images are objects. Pure. */
char *line_form_put(char *at, const struct line_form *form, struct slice image);

#endif
