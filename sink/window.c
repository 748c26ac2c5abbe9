#include "sink/window.h"

#include "sink/pack.h"

enum {
    REQUEST_FRAME_BYTES = 128, /* {"DeliveryStreamName":"","Records":[]} and spare */
    RECORD_FRAME_BYTES = 16, /* {"Data":""}, and spare */
};

struct batch_limits window_batch_limits(const char *delivery_stream, size_t pack_bytes)
{
    return (struct batch_limits){
        .records = FIREHOSE_RECORDS,
        .batch_bytes = FIREHOSE_REQUEST_BYTES,
        .record_bytes = FIREHOSE_RECORD_BYTES,
        .pack_bytes = pack_bytes,
        .step_bytes = PACK_STEP_BYTES,
        .frame_bytes = REQUEST_FRAME_BYTES + strlen(delivery_stream),
        .record_frame_bytes = RECORD_FRAME_BYTES,
        .base64 = true,
    };
}

static void set_size(struct window *window, uint32_t size)
{
    uint32_t most = window->count < FIREHOSE_RECORDS ? window->count : FIREHOSE_RECORDS;
    window->size = size < most ? size : most;
    if (window->size == 0 && window->count > 0) {
        window->size = 1;
    }
}

void window_begin(struct window *window, uint32_t count)
{
    window->count = count;
    set_size(window, count);
}

uint32_t window_take_verdicts(struct window *window, const enum put_verdict *verdicts,
                              struct batch_record *accepted)
{
    uint32_t failed = 0;
    uint32_t accepted_count = 0;
    for (uint32_t i = 0; i < window->size; i++) {
        if (verdicts[i] == PUT_ACCEPTED) {
            accepted[accepted_count++] = window->records[i];
        } else {
            window->records[failed++] = window->records[i];
        }
    }
    memmove(window->records + failed, window->records + window->size,
            (window->count - window->size) * sizeof *window->records);
    window->count -= accepted_count;
    set_size(window, failed == 0 ? window->size * 2 : window->size);
    return accepted_count;
}

struct batch_record window_remove(struct window *window, uint32_t index)
{
    struct batch_record record = window->records[index];
    window->count--;
    memmove(window->records + index, window->records + index + 1,
            (window->count - index) * sizeof *window->records);
    set_size(window, window->size);
    return record;
}

bool window_divide(struct window *window, struct batch_record *ret_poison)
{
    if (window->size > 1) {
        set_size(window, window->size / 2);
        return false;
    }
    struct batch_record *first = &window->records[0];
    if (first->count == 1) {
        *ret_poison = window_remove(window, 0);
        return true;
    }
    memmove(first + 1, first, window->count * sizeof *first);
    window->count++;
    window->records[1] = batch_split_record(first);
    return false;
}
