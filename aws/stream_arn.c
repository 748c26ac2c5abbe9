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

/* Takes `word` and `separator` off `rest`. */
static bool take_word(struct slice *rest, char separator, const char *word)
{
    struct slice part;
    return take_until(rest, separator, &part) && slice_equals_text(part, word);
}

/* Takes the part before `separator`, which must not be empty, off `rest` into `target`. */
static bool take_text(struct slice *rest, char separator, char *target, size_t size)
{
    struct slice part;
    return take_until(rest, separator, &part) && part.length > 0 && slice_copy_text(part, target, size);
}

/* arn:PARTITION:dynamodb:REGION:ACCOUNT:table/TABLE/stream/LABEL. The label holds colons
 * ("2026-11-23T10:00:00.000"), so only the first five part the ARN. */
static bool parse(struct slice arn, struct stream_arn_parts *parts)
{
    struct slice account;
    char partition[32];
    if (!take_word(&arn, ':', "arn") || !take_text(&arn, ':', partition, sizeof partition) ||
        !take_word(&arn, ':', "dynamodb") || !take_text(&arn, ':', parts->region, sizeof parts->region) ||
        !take_until(&arn, ':', &account)) {
        return false;
    }
    return take_word(&arn, '/', "table") && take_text(&arn, '/', parts->table, sizeof parts->table) &&
           take_word(&arn, '/', "stream") && arn.length > 0 &&
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
