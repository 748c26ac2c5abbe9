#include "shard/line.h"

#include <inttypes.h>
#include <stdio.h>

/* Literal parts, two numbers and the padded sequence number; names are in the context. */
enum { LINE_FIXED_BYTES = 256, EPOCH_GREATEST = 999999, NUMBER_BYTES = 24 };

static bool is_plain_text(const char *text)
{
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < 0x20 || *text == '"' || *text == '\\') {
            return false;
        }
    }
    return true;
}

static struct status check_options(const struct line_options *options)
{
    const char *const names[] = {options->table, options->region, options->stream_label, options->shard};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (!is_plain_text(names[i])) {
            return status_make(STATUS_INVALID, "the name '%s' cannot stand in a line: it needs escapes",
                               names[i]);
        }
    }
    if (options->epoch > EPOCH_GREATEST) {
        return status_make(STATUS_INVALID, "the epoch %u is over %d", options->epoch, EPOCH_GREATEST);
    }
    return status_ok();
}

struct status line_context_init(struct line_context *context, const struct line_options *options)
{
    *context = (struct line_context){
        .old_image = options->old_image,
        .verbatim = line_form_is_verbatim(&options->form),
        .form = options->form,
    };
    bytes_init(&context->after_op, 4096);
    bytes_init(&context->after_seq, 4096);
    TRY(check_options(options));
    struct status status;
    TRY_GOTO(status, fail,
             bytes_append_format(&context->after_op,
                                 "\",\"table\":\"%s\",\"region\":\"%s\",\"stream\":\"%s\",\"shard\":\"%s\","
                                 "\"seq\":\"",
                                 options->table, options->region, options->stream_label, options->shard));
    TRY_GOTO(status, fail,
             bytes_append_format(&context->after_seq, "\",\"ord\":\"%06u#%s#", options->epoch,
                                 options->stream_label));
    return status_ok();
fail:
    line_context_free(context);
    return status;
}

void line_context_free(struct line_context *context)
{
    bytes_free(&context->after_op);
    bytes_free(&context->after_seq);
}

static char *put(char *at, struct slice text)
{
    memcpy(at, text.at, text.length);
    return at + text.length;
}

#define PUT_LITERAL(at, text) put((at), slice_of((text), sizeof(text) - 1))

static char *put_pair(char *at, uint64_t below_100)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    memcpy(at, &pairs[2 * below_100], 2);
    return at + 2;
}

static char *put_four(char *at, uint64_t below_10000)
{
    return put_pair(put_pair(at, below_10000 / 100), below_10000 % 100);
}

/* Of thirteen digits is every time in ms from 2001 to 2286: a line has two of them. Groups, so that no division waits for all
 * that went before, nor a copy for the digits. */
static char *put_time(char *at, int64_t wall_ms)
{
    const int64_t least = 1000000000000;
    if (wall_ms < least || wall_ms >= 10 * least) {
        return at + snprintf(at, NUMBER_BYTES, "%" PRId64, wall_ms);
    }
    uint64_t high = (uint64_t)wall_ms / 100000000;
    uint64_t low = (uint64_t)wall_ms % 100000000;
    *at++ = (char)('0' + high / 10000);
    return put_four(put_four(put_four(at, high % 10000), low / 10000), low % 10000);
}

/* Copies a value without the line feeds and carriage returns between its tokens: inside strings JSON has
 * none. `at` may be the value's own place. */
static char *put_without_breaks(char *at, struct slice value)
{
    for (size_t i = 0; i < value.length; i++) {
        if (value.at[i] != '\n' && value.at[i] != '\r') {
            *at++ = value.at[i];
        }
    }
    return at;
}

static char *put_value(char *at, struct slice value, bool line_break)
{
    return line_break ? put_without_breaks(at, value) : put(at, value);
}

static char *put_image(char *at, const struct line_context *context, const struct decode_record *record,
                       struct slice image)
{
    if (context->verbatim) {
        return put_value(at, image, record->line_break);
    }
    char *end = line_form_put(at, &context->form, record->keys, image);
    return record->line_break ? put_without_breaks(at, slice_of(at, (size_t)(end - at))) : end;
}

static char *put_ord_digits(char *at, const struct sequence_number *sequence)
{
    memset(at, '0', SEQUENCE_NUMBER_DIGITS);
    memcpy(at + SEQUENCE_NUMBER_DIGITS - sequence->length, sequence->digits, sequence->length);
    return at + SEQUENCE_NUMBER_DIGITS;
}

static char *put_line(char *at, const struct line_context *context, const struct decode_record *record,
                      int64_t worker_wall_ms)
{
    static const char ops[][7] = {
        [RECORD_INSERT] = "INSERT", [RECORD_MODIFY] = "MODIFY", [RECORD_REMOVE] = "REMOVE"};
    at = PUT_LITERAL(at, "{\"v\":1,\"event_id\":\"");
    at = put(at, record->event_id_raw);
    at = PUT_LITERAL(at, "\",\"op\":\"");
    at = put(at, slice_of(ops[record->op], 6));
    at = put(at, bytes_slice(&context->after_op));
    at = put(at, record->sequence_raw);
    at = put(at, bytes_slice(&context->after_seq));
    at = put_ord_digits(at, &record->sequence);
    at = PUT_LITERAL(at, "\",\"event_ts_ms\":");
    at = put_time(at, record->event_wall_ms);
    at = PUT_LITERAL(at, ",\"worker_ts_ms\":");
    at = put_time(at, worker_wall_ms);
    at = record->ttl ? PUT_LITERAL(at, ",\"ttl\":true,\"keys\":")
                     : PUT_LITERAL(at, ",\"ttl\":false,\"keys\":");
    at = put_value(at, record->keys, record->line_break);
    if (record->op != RECORD_REMOVE && record->new_image.length > 0) {
        at = PUT_LITERAL(at, ",\"new_image\":");
        at = put_image(at, context, record, record->new_image);
    }
    if (context->old_image && record->old_image.length > 0) {
        at = PUT_LITERAL(at, ",\"old_image\":");
        at = put_image(at, context, record, record->old_image);
    }
    return PUT_LITERAL(at, "}\n");
}

static size_t bound_image(const struct line_context *context, struct slice image)
{
    return context->verbatim ? image.length : line_form_bound(&context->form, image.length);
}

enum status_code line_append(const struct line_context *context, const struct decode_record *record,
                             int64_t worker_wall_ms, struct bytes *target)
{
    size_t bound = LINE_FIXED_BYTES + context->after_op.length + context->after_seq.length +
                   record->event_id_raw.length + record->sequence_raw.length + record->keys.length +
                   bound_image(context, record->new_image) +
                   (context->old_image ? bound_image(context, record->old_image) : 0);
    if (target->capacity - target->length < bound || target->ceiling - target->length < bound) {
        struct status status = bytes_reserve(target, bound);
        if (!status_is_ok(&status)) {
            return status.code;
        }
    }
    char *start = target->at + target->length;
    target->length += (size_t)(put_line(start, context, record, worker_wall_ms) - start);
    return STATUS_OK;
}

uint64_t line_order_group(struct slice keys)
{
    const uint64_t factor = UINT64_C(0x9E3779B97F4A7C15);
    uint64_t hash = keys.length * factor;
    size_t i = 0;
    for (; keys.length - i >= 8; i += 8) {
        uint64_t word;
        memcpy(&word, keys.at + i, sizeof word);
        hash = (hash ^ word) * factor;
        hash ^= hash >> 32;
    }
    uint64_t tail = 0;
    memcpy(&tail, keys.at + i, keys.length - i);
    hash = (hash ^ tail) * factor;
    return hash ^ hash >> 29;
}
