/* The landed line: one JSON object and a line feed for one record. Keys are byte for byte as DynamoDB wrote them,
 * and so are images unless a form asks for something else (shard/line_form.h). Its fields, and why they are what
 * they are: README, "What lands"; as JSON Schema: deploy/schema/line.schema.json. One thread a context.
 */
#ifndef PENSTOCK_SHARD_LINE_H
#define PENSTOCK_SHARD_LINE_H

#include "shard/decode.h"
#include "shard/line_form.h"

struct line_options {
    const char *table;
    const char *region;
    const char *stream_label;
    const char *shard;
    uint32_t epoch; /* at most 999,999 */
    bool old_image; /* put old_image into lines of records that have one */
    struct line_form form;
};

/* What all lines of one tenure share, ready made. Zeroed memory may be freed. */
struct line_context {
    struct bytes after_op; /* from the quote behind op to the one before seq's digits */
    struct bytes after_seq; /* from the quote behind seq to ord's digits */
    bool old_image;
    bool verbatim; /* images go byte for byte */
    struct line_form form;
};

/* STATUS_INVALID when a name needs escapes in JSON or the epoch is too great. */
struct status line_context_init(struct line_context *context, const struct line_options *options) MUST_USE;
void line_context_free(struct line_context *context);

/* Appends the line of a record without defect, with one reservation. The code is STATUS_OK,
 * STATUS_TOO_LARGE (over the target's ceiling) or STATUS_NO_MEMORY. */
enum status_code line_append(const struct line_context *context, const struct decode_record *record,
                             int64_t worker_wall_ms, struct bytes *target) MUST_USE;

/* The order group of a record: a hash of its key's bytes. */
uint64_t line_order_group(struct slice keys);

#endif
