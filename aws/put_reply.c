#include "aws/put_reply.h"

#include "aws/json_cursor.h"

/* What is known of the whole reply so far. */
struct outcome {
    const struct put_reply_names *names;
    enum put_verdict *verdicts;
    size_t count; /* expected */
    size_t seen;
    size_t failed;
    int64_t announced; /* the count of failures, below 0: not said */
    struct slice first_code;
};

/* Steps to the next member. Names with escapes are none that AWS uses: malformed. */
static enum json_step next_member(struct json_cursor *cursor, bool *first, struct slice *ret_name)
{
    enum json_step step = json_cursor_member(cursor, first, ret_name);
    bool escapes = step == JSON_STEP_ITEM && ret_name->length > 0 &&
                   memchr(ret_name->at, '\\', ret_name->length) != NULL;
    return escapes ? JSON_STEP_MALFORMED : step;
}

static bool skip_value(struct json_cursor *cursor)
{
    struct slice value;
    return json_cursor_value(cursor, &value);
}

/* A string's text; empty for null; false for anything else. */
static bool take_text_or_null(struct json_cursor *cursor, struct slice *ret_text)
{
    if (json_cursor_peek(cursor) == '"') {
        return json_cursor_string(cursor, ret_text);
    }
    struct slice word;
    *ret_text = slice_of(NULL, 0);
    return json_cursor_word(cursor, &word) && slice_equals_text(word, "null");
}

/* The entry of one record. */
static bool take_entry(struct json_cursor *cursor, struct outcome *outcome)
{
    bool first = true;
    struct slice name;
    struct slice code = {NULL, 0};
    struct slice id = {NULL, 0};
    enum json_step step;
    while ((step = next_member(cursor, &first, &name)) == JSON_STEP_ITEM) {
        bool fine = slice_equals_text(name, "ErrorCode")          ? take_text_or_null(cursor, &code)
                    : slice_equals_text(name, outcome->names->id) ? take_text_or_null(cursor, &id)
                                                                  : skip_value(cursor);
        if (!fine) {
            return false;
        }
    }
    if (step != JSON_STEP_END || outcome->seen == outcome->count) {
        return false;
    }
    bool accepted = code.length == 0 && id.length > 0;
    outcome->verdicts[outcome->seen++] = accepted ? PUT_ACCEPTED : PUT_FAILED;
    outcome->failed += accepted ? 0 : 1;
    if (outcome->first_code.length == 0) {
        outcome->first_code = code;
    }
    return true;
}

static bool take_entries(struct json_cursor *cursor, struct outcome *outcome)
{
    bool first = true;
    enum json_step step;
    while ((step = json_cursor_element(cursor, &first)) == JSON_STEP_ITEM) {
        if (!take_entry(cursor, outcome)) {
            return false;
        }
    }
    return step == JSON_STEP_END;
}

static bool take_count(struct json_cursor *cursor, int64_t *ret_count)
{
    struct slice word;
    return json_cursor_word(cursor, &word) && slice_parse_int64(word, ret_count);
}

static bool take_reply(struct json_cursor *cursor, struct outcome *outcome)
{
    bool first = true;
    struct slice name;
    enum json_step step;
    while ((step = next_member(cursor, &first, &name)) == JSON_STEP_ITEM) {
        bool fine = slice_equals_text(name, outcome->names->entries) ? take_entries(cursor, outcome)
                    : slice_equals_text(name, outcome->names->failed)
                        ? take_count(cursor, &outcome->announced)
                        : skip_value(cursor);
        if (!fine) {
            return false;
        }
    }
    return step == JSON_STEP_END && json_cursor_is_at_end(cursor);
}

struct status put_reply_parse(struct slice body, const struct put_reply_names *names, size_t count,
                              enum put_verdict *verdicts, char ret_error_code[AWS_ERROR_CODE_BYTES])
{
    struct outcome outcome = {.names = names, .verdicts = verdicts, .count = count, .announced = -1};
    struct json_cursor cursor = json_cursor_of(body);
    if (!take_reply(&cursor, &outcome)) {
        return status_make(STATUS_CORRUPT, "%s: the reply is malformed at byte %zu of %zu", names->operation,
                           body.length == 0 ? 0 : (size_t)(cursor.at - body.at), body.length);
    }
    if (outcome.seen != count || outcome.announced != (int64_t)outcome.failed) {
        return status_make(STATUS_CORRUPT,
                           "%s: the reply tells of %zu records and %lld failures, %zu of them "
                           "seen, for %zu records sent",
                           names->operation, outcome.seen, (long long)outcome.announced, outcome.failed,
                           count);
    }
    size_t length = outcome.first_code.length;
    length = length < AWS_ERROR_CODE_BYTES ? length : AWS_ERROR_CODE_BYTES - 1;
    if (length > 0) {
        memcpy(ret_error_code, outcome.first_code.at, length);
    }
    ret_error_code[length] = '\0';
    return status_ok();
}
