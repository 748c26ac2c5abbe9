#include "aws/streams.h"

/* Takes the part before `separator` off `rest`. */
static bool take_until(struct slice *rest, char separator, struct slice *ret_part)
{
    const char *end = rest->length == 0 ? NULL : memchr(rest->at, separator, rest->length);
    if (end == NULL) {
        return false;
    }
    *ret_part = slice_of(rest->at, (size_t)(end - rest->at));
    *rest = slice_of(end + 1, rest->length - ret_part->length - 1);
    return true;
}

/* The label holds colons ("2026-11-23T10:00:00.000"), so only the first five part the ARN. */
static bool parse(struct slice arn, struct stream_arn_parts *parts)
{
    struct slice word;
    struct slice region;
    struct slice table;
    return take_until(&arn, ':', &word) && slice_equals_text(word, "arn") && take_until(&arn, ':', &word) &&
           word.length > 0 && take_until(&arn, ':', &word) && slice_equals_text(word, "dynamodb") &&
           take_until(&arn, ':', &region) && region.length > 0 && take_until(&arn, ':', &word) &&
           take_until(&arn, '/', &word) && slice_equals_text(word, "table") &&
           take_until(&arn, '/', &table) && table.length > 0 && take_until(&arn, '/', &word) &&
           slice_equals_text(word, "stream") && arn.length > 0 &&
           slice_copy_text(region, parts->region, sizeof parts->region) &&
           slice_copy_text(table, parts->table, sizeof parts->table) &&
           slice_copy_text(arn, parts->label, sizeof parts->label);
}

struct status stream_arn_parse(const char *arn, struct stream_arn_parts *ret_parts)
{
    struct stream_arn_parts parts;
    struct slice text = slice_of_text(arn);
    if (text.length >= STREAMS_ARN_BYTES || !parse(text, &parts)) {
        return status_make(STATUS_INVALID,
                           "'%.120s' is no stream ARN: it looks like "
                           "arn:aws:dynamodb:REGION:ACCOUNT:table/TABLE/stream/LABEL",
                           arn);
    }
    *ret_parts = parts;
    return status_ok();
}
