#include "shard/decode.h"

#include "shard/decode_text.h"
#include "shard/decode_usual.h"

enum { PHASE_PAGE, PHASE_RECORDS };

/* Values of a record's members as they came; empty: absent. */
struct record_values {
    struct slice event_id;
    struct slice event_name;
    struct slice region;
    struct slice principal;
    struct slice created;
    struct slice keys;
    struct slice new_image;
    struct slice old_image;
    struct slice sequence;
    struct slice size_bytes;
    struct slice change;
    struct slice identity;
};

#define NAME_IS(name, text)                                                                                  \
    ((name).length == sizeof(text) - 1 && memcmp((name).at, (text), sizeof(text) - 1) == 0)

void decode_begin(struct decoder *decoder, struct slice page)
{
    *decoder = (struct decoder){
        .cursor = {.at = page.at, .end = page.at + page.length},
        .start = page.at,
        .phase = PHASE_PAGE,
        .first_member = true,
    };
}

static bool is_kind(struct slice value, char first)
{
    return value.length > 0 && value.at[0] == first;
}

/* The inside of a string value; empty when it is no string. */
static struct slice inside_string(struct slice value)
{
    return is_kind(value, '"') ? slice_of(value.at + 1, value.length - 2) : slice_of(NULL, 0);
}

/* As decode_cursor_member. */
static inline enum decode_step step_to_member(struct decode_cursor *cursor, bool *first,
                                              char plain[DECODE_NAME_BYTES], struct slice *ret_name)
{
    const char *value = decode_usual_member(cursor->at, cursor->end, *first, ret_name);
    if (value == NULL) {
        return decode_cursor_member(cursor, first, plain, ret_name);
    }
    cursor->at = value;
    *first = false;
    return DECODE_STEP_ITEM;
}

/* As decode_cursor_value. */
static inline bool pass_value(struct decode_cursor *cursor, struct slice *ret_value)
{
    const char *behind = decode_usual_scalar(cursor->at, cursor->end);
    if (behind == NULL) {
        return decode_cursor_value(cursor, ret_value);
    }
    *ret_value = slice_of(cursor->at, (size_t)(behind - cursor->at));
    cursor->at = behind;
    return true;
}

static struct slice object_or_none(struct slice value)
{
    return is_kind(value, '{') ? value : slice_of(NULL, 0);
}

/* Passes over an object, keeping the values of the members that `choose` has a place for. A value that is no
 * object leaves all places alone. */
static bool read_members(struct decode_cursor *cursor, struct record_values *values,
                         struct slice *(*choose)(struct record_values *values, struct slice name))
{
    struct slice value;
    if (decode_cursor_peek(cursor) != '{') {
        return pass_value(cursor, &value);
    }
    bool first = true;
    char plain[DECODE_NAME_BYTES];
    for (;;) {
        struct slice name;
        enum decode_step step = step_to_member(cursor, &first, plain, &name);
        if (step != DECODE_STEP_ITEM) {
            return step == DECODE_STEP_END;
        }
        if (!pass_value(cursor, &value)) {
            return false;
        }
        struct slice *place = choose(values, name);
        if (place != NULL) {
            *place = value;
        }
    }
}

/* GetRecords writes the identity's members as "PrincipalId" and "Type" (AWS's model of the API), Lambda's events and
 * the guide's examples as "principalId" and "type". */
static struct slice *choose_identity(struct record_values *values, struct slice name)
{
    return NAME_IS(name, "PrincipalId") || NAME_IS(name, "principalId") ? &values->principal : NULL;
}

static struct slice *choose_change(struct record_values *values, struct slice name)
{
    return NAME_IS(name, "Keys")                          ? &values->keys
           : NAME_IS(name, "NewImage")                    ? &values->new_image
           : NAME_IS(name, "OldImage")                    ? &values->old_image
           : NAME_IS(name, "SequenceNumber")              ? &values->sequence
           : NAME_IS(name, "ApproximateCreationDateTime") ? &values->created
           : NAME_IS(name, "SizeBytes")                   ? &values->size_bytes
                                                          : NULL;
}

static struct slice *choose_record(struct record_values *values, struct slice name)
{
    return NAME_IS(name, "eventID")     ? &values->event_id
           : NAME_IS(name, "eventName") ? &values->event_name
           : NAME_IS(name, "awsRegion") ? &values->region
                                        : NULL;
}

/* As read_members; *ret_whole is the object itself. */
static bool read_part(struct decode_cursor *cursor, struct record_values *values,
                      struct slice *(*choose)(struct record_values *values, struct slice name),
                      struct slice *ret_whole)
{
    const char *start = cursor->at;
    if (!read_members(cursor, values, choose)) {
        return false;
    }
    *ret_whole = slice_of(start, (size_t)(cursor->at - start));
    return true;
}

/* Passes over the value of the record's member `name`. */
static bool read_record_member(struct decode_cursor *cursor, struct slice name, struct record_values *values)
{
    if (NAME_IS(name, "dynamodb")) {
        /* A second one replaces the first, whole. */
        values->keys = values->new_image = values->old_image = slice_of(NULL, 0);
        values->created = values->sequence = values->size_bytes = slice_of(NULL, 0);
        return read_part(cursor, values, choose_change, &values->change);
    }
    if (NAME_IS(name, "userIdentity")) {
        values->principal = slice_of(NULL, 0);
        return read_part(cursor, values, choose_identity, &values->identity);
    }
    struct slice value;
    if (!pass_value(cursor, &value)) {
        return false;
    }
    struct slice *place = choose_record(values, name);
    if (place != NULL) {
        *place = value;
    }
    return true;
}

#define TEXT_IS(raw, text) decode_text_equals((raw), (text), sizeof(text) - 1)

static bool read_op(struct slice raw, enum record_op *ret_op)
{
    if (TEXT_IS(raw, "MODIFY")) {
        *ret_op = RECORD_MODIFY;
    } else if (TEXT_IS(raw, "INSERT")) {
        *ret_op = RECORD_INSERT;
    } else if (TEXT_IS(raw, "REMOVE")) {
        *ret_op = RECORD_REMOVE;
    } else {
        return false;
    }
    return true;
}

static bool read_sequence(struct slice raw, struct sequence_number *ret_number)
{
    char digits[SEQUENCE_NUMBER_DIGITS];
    size_t length;
    if (raw.length <= SEQUENCE_NUMBER_DIGITS && sequence_number_parse(raw, ret_number)) {
        return true;
    }
    return raw.length > 0 && memchr(raw.at, '\\', raw.length) != NULL &&
           decode_text_unescape(raw, digits, sizeof digits, &length) &&
           sequence_number_parse(slice_of(digits, length), ret_number);
}

/* Is the value there, but neither null nor of the kind that starts with `first`? */
static bool is_other_kind(struct slice value, char first)
{
    return value.length > 0 && !is_kind(value, first) && !is_kind(value, 'n');
}

static const char *find_image_defect(const struct record_values *values, const struct decode_record *record)
{
    if (record->keys.length == 0) {
        return "Keys is not an object";
    }
    if (is_other_kind(values->new_image, '{') || is_other_kind(values->old_image, '{')) {
        return "an image is not an object";
    }
    if (record->op != RECORD_REMOVE && record->new_image.length == 0) {
        return "INSERT or MODIFY without a NewImage"; /* the stream's view type was checked at start */
    }
    return NULL;
}

/* Makes the record's fields of its values; returns the defect, if there is one. */
static const char *fill_record(const struct record_values *values, struct decode_record *record)
{
    record->event_id_raw = inside_string(values->event_id);
    record->region_raw = inside_string(values->region);
    record->keys = object_or_none(values->keys);
    record->new_image = object_or_none(values->new_image);
    record->old_image = object_or_none(values->old_image);
    record->sequence_raw = inside_string(values->sequence);
    record->size_bytes = values->size_bytes;
    record->change = values->change;
    record->identity = values->identity;
    if (!read_sequence(record->sequence_raw, &record->sequence)) {
        return "SequenceNumber is not a text of 1 to 40 digits";
    }
    if (!read_op(inside_string(values->event_name), &record->op)) {
        return "eventName is neither INSERT, MODIFY nor REMOVE";
    }
    record->ttl =
        record->op == RECORD_REMOVE && TEXT_IS(inside_string(values->principal), "dynamodb.amazonaws.com");
    if (record->event_id_raw.length == 0) {
        return "eventID is not a text";
    }
    if (values->created.length == 0 || values->created.at[0] < '0' || values->created.at[0] > '9' ||
        !decode_text_milliseconds(values->created, &record->event_wall_ms)) {
        return "ApproximateCreationDateTime is not a number of seconds";
    }
    return find_image_defect(values, record);
}

static bool read_record(struct decode_cursor *cursor, struct decode_record *ret_record)
{
    struct record_values values = {0};
    const char *start = cursor->at;
    bool first = true;
    char plain[DECODE_NAME_BYTES];
    if (decode_cursor_peek(cursor) != '{') {
        return decode_cursor_fail(cursor, "a record is not an object");
    }
    cursor->line_break = false;
    for (;;) {
        struct slice name;
        enum decode_step step = step_to_member(cursor, &first, plain, &name);
        if (step == DECODE_STEP_END) {
            break;
        }
        if (step == DECODE_STEP_ERROR || !read_record_member(cursor, name, &values)) {
            return false;
        }
    }
    *ret_record = (struct decode_record){.whole = slice_of(start, (size_t)(cursor->at - start)),
                                         .line_break = cursor->line_break};
    ret_record->defect = fill_record(&values, ret_record);
    return true;
}

/* Passes over the page's member `name`; Records is only entered. */
static bool read_page_member(struct decoder *decoder, struct slice name)
{
    struct decode_cursor *cursor = &decoder->cursor;
    if (NAME_IS(name, "Records")) {
        if (decoder->records_seen || decode_cursor_peek(cursor) != '[') {
            return decode_cursor_fail(cursor, "Records is given twice or is not an array");
        }
        decoder->records_seen = true;
        decoder->first_record = true;
        decoder->phase = PHASE_RECORDS;
        return true;
    }
    const char *start = cursor->at;
    struct slice value;
    if (!pass_value(cursor, &value)) {
        return false;
    }
    if (NAME_IS(name, "NextShardIterator")) {
        decoder->next_iterator_raw = inside_string(value);
        if (decoder->next_iterator_raw.length == 0 && !is_kind(value, 'n')) {
            cursor->at = start;
            return decode_cursor_fail(cursor, "NextShardIterator is neither a text nor null");
        }
    }
    return true;
}

static enum decode_result finish_page(struct decoder *decoder)
{
    struct decode_cursor *cursor = &decoder->cursor;
    decode_cursor_space(cursor);
    if (cursor->at != cursor->end) {
        cursor->error = "something stands behind the page";
        return DECODE_CORRUPT;
    }
    if (!decoder->records_seen) {
        cursor->error = "the page has no Records";
        return DECODE_CORRUPT;
    }
    return DECODE_END;
}

enum decode_result decode_next(struct decoder *decoder, struct decode_record *ret_record)
{
    struct decode_cursor *cursor = &decoder->cursor;
    char plain[DECODE_NAME_BYTES];
    for (;;) {
        if (decoder->phase == PHASE_RECORDS) {
            enum decode_step step = decode_cursor_element(cursor, &decoder->first_record);
            if (step == DECODE_STEP_ITEM && read_record(cursor, ret_record)) {
                return DECODE_RECORD;
            }
            if (step != DECODE_STEP_END) {
                return DECODE_CORRUPT;
            }
            decoder->phase = PHASE_PAGE;
        }
        struct slice name;
        enum decode_step step = step_to_member(cursor, &decoder->first_member, plain, &name);
        if (step == DECODE_STEP_END) {
            return finish_page(decoder);
        }
        if (step == DECODE_STEP_ERROR || !read_page_member(decoder, name)) {
            return DECODE_CORRUPT;
        }
    }
}

const char *decode_error(const struct decoder *decoder, size_t *ret_offset)
{
    *ret_offset = (size_t)(decoder->cursor.at - decoder->start);
    return decoder->cursor.error;
}

bool decode_salvage_text(struct slice page, const char *name, struct slice *ret_raw)
{
    size_t name_length = strlen(name);
    const char *end = page.at + page.length;
    bool found = false;
    for (const char *at = page.at;
         page.length > 0 && (at = memmem(at, (size_t)(end - at), name, name_length)); at++) {
        if (at == page.at || at[-1] != '"') {
            continue;
        }
        struct decode_cursor cursor = {.at = at - 1, .end = end};
        struct slice text;
        if ((at - 1 > page.at && at[-2] == '\\') || !decode_cursor_string(&cursor, &text) ||
            !slice_equals_text(text, name)) {
            continue;
        }
        decode_cursor_space(&cursor);
        if (decode_cursor_peek(&cursor) != ':') {
            continue;
        }
        cursor.at++;
        decode_cursor_space(&cursor);
        if (decode_cursor_string(&cursor, &text)) {
            *ret_raw = text;
            found = true;
        }
    }
    return found;
}
