/* One record from its template. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/faultd/stream.h"

static void put_digits(char *at, size_t width, uint64_t value)
{
    for (size_t i = width; i > 0; i--) {
        at[i - 1] = (char)('0' + value % 10);
        value /= 10;
    }
}

static void put_hex(char *at, uint64_t value)
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 15; i >= 0; i--) {
        at[i] = digits[value & 15];
        value >>= 4;
    }
}

void shard_record_fields(const struct shard *shard, uint64_t index, struct record_fields *ret_fields)
{
    const struct stream *stream = shard->stream;
    uint64_t seed = shard->sequence.seed;
    uint64_t chance = sequence_mix(seed ^ 0x5EED, index);
    bool big = stream->shape.big_every > 0 && index % stream->shape.big_every == stream->shape.big_every - 1;
    ret_fields->template =
        big ? &stream->templates.big : &stream->templates.all[chance % stream->templates.count];
    ret_fields->key_number = (uint32_t)((chance >> 32) % shard->key_count);
    put_digits(ret_fields->key, 4, shard->root);
    ret_fields->key[4] = '-';
    put_digits(ret_fields->key + 5, TEMPLATE_KEY_BYTES - 5, shard->first_key + ret_fields->key_number);
    ret_fields->key[TEMPLATE_KEY_BYTES] = '\0';
    put_hex(ret_fields->event_id, sequence_mix(seed, index));
    put_hex(ret_fields->event_id + 16, sequence_mix(chance, index));
    ret_fields->event_id[32] = '\0';
    ret_fields->second = shard_record_ms(shard, index) / 1000;
}

bool shard_render(const struct shard *shard, uint64_t index, struct bytes *target)
{
    struct record_fields fields;
    char sequence[SEQUENCE_BYTES];
    shard_record_fields(shard, index, &fields);
    const struct template *template = fields.template;
    size_t sequence_length = sequence_format(&shard->sequence, index, sequence);
    size_t length = template->head.length + sequence_length + template->tail.length;
    if (target->capacity - target->length <= length) {
        struct status status = bytes_reserve(target, length);
        if (!status_is_ok(&status)) {
            return false;
        }
    }
    char *head = target->at + target->length;
    memcpy(head, template->head.at, template->head.length);
    put_digits(head + template->time_at, TEMPLATE_TIME_BYTES, (uint64_t)fields.second);
    for (size_t i = 0; i < TEMPLATE_KEY_HOLES && template->key_at[i] != 0; i++) {
        memcpy(head + template->key_at[i], fields.key, TEMPLATE_KEY_BYTES);
    }
    memcpy(head + template->head.length, sequence, sequence_length);
    char *tail = head + template->head.length + sequence_length;
    memcpy(tail, template->tail.at, template->tail.length);
    memcpy((template->event_id_in_head ? head : tail) + template->event_id_at, fields.event_id,
           TEMPLATE_EVENT_ID_BYTES);
    target->length += length;
    return true;
}
