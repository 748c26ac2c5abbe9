#include "shard/page.h"

enum { PAGE_PARCEL_CEILING = 256 * 1024 * 1024 };

void page_batch_free(struct page_batch *batch)
{
    parcel_destroy(batch->parcel);
    ack_block_destroy(batch->block);
    batch->parcel = NULL;
    batch->block = NULL;
}

static bool make_room(const struct page_input *input, struct page_batch *batch)
{
    struct status status = parcel_create(PAGE_PARCEL_CEILING, &batch->parcel);
    batch->block = ack_block_create();
    if (!status_is_ok(&status) || batch->block == NULL) {
        return false;
    }
    batch->parcel->buffers = input->buffers;
    status = buffers_reserve(input->buffers, &batch->parcel->data, input->lines_estimate);
    return status_is_ok(&status);
}

static bool add_line(const struct page_input *input, const struct decode_record *record,
                     struct page_batch *batch)
{
    struct parcel *parcel = batch->parcel;
    uint32_t offset = (uint32_t)parcel->data.length;
    if (line_append(input->line, record, input->worker_wall_ms, &parcel->data) != STATUS_OK ||
        !ack_block_add_line(batch->block, &batch->last)) {
        return false;
    }
    return parcel_add_line(parcel, offset, line_order_group(record->keys)) == STATUS_OK;
}

/* Counts a record's position; false when the record is known already and left out. */
static bool count_record(const struct decode_record *record, bool *skip_known, struct page_batch *batch)
{
    if (record->sequence.length > 0) {
        bool rises = sequence_number_compare(&record->sequence, &batch->last) > 0;
        if (!rises && *skip_known) {
            return false;
        }
        *skip_known = false;
        batch->order_violations += !rises;
        if (batch->first.length == 0) {
            batch->first = record->sequence;
        }
        if (rises) {
            batch->last = record->sequence;
        }
    }
    batch->records++;
    if (record->event_wall_ms > batch->newest_event_wall_ms) {
        batch->newest_event_wall_ms = record->event_wall_ms;
    }
    return true;
}

/* Does the filter let the record go on? Counts it. */
static bool passes_filter(const struct page_input *input, const struct decode_record *record,
                          struct page_batch *batch)
{
    enum filter_verdict verdict = input->filter == NULL ? FILTER_PASS : filter_judge(input->filter, record);
    batch->undecided += verdict == FILTER_UNDECIDED;
    batch->filtered += verdict == FILTER_DROP;
    return verdict != FILTER_DROP;
}

static enum page_outcome take_record(const struct page_input *input, const struct decode_record *record,
                                     struct page_batch *batch)
{
    if (record->defect != NULL) {
        if (!input->store(input->context, record)) {
            return PAGE_POISON;
        }
        ack_block_add_done(batch->block, &batch->last);
        return PAGE_WHOLE;
    }
    if (record->event_wall_ms < input->drop_before_wall_ms) {
        batch->dropped++;
        ack_block_add_done(batch->block, &batch->last);
        return PAGE_WHOLE;
    }
    if (!passes_filter(input, record, batch)) {
        ack_block_add_done(batch->block, &batch->last);
        return PAGE_WHOLE;
    }
    return add_line(input, record, batch) ? PAGE_WHOLE : PAGE_NO_MEMORY;
}

void page_form(const struct page_input *input, struct page_batch *ret_batch)
{
    *ret_batch = (struct page_batch){.last = input->last};
    if (!make_room(input, ret_batch)) {
        ret_batch->outcome = PAGE_NO_MEMORY;
        return;
    }
    struct decoder decoder;
    struct decode_record record;
    decode_begin(&decoder, input->page);
    bool skip_known = input->skip_known;
    enum decode_result result = DECODE_END;
    while (ret_batch->outcome == PAGE_WHOLE && (result = decode_next(&decoder, &record)) == DECODE_RECORD) {
        if (count_record(&record, &skip_known, ret_batch)) {
            ret_batch->outcome = take_record(input, &record, ret_batch);
        }
    }
    if (result == DECODE_CORRUPT) {
        ret_batch->outcome = PAGE_CORRUPT;
        ret_batch->error = decode_error(&decoder, &ret_batch->error_offset);
    }
    ret_batch->next_iterator_raw = decoder.next_iterator_raw;
}
