#include "sink/batch.h"

#include "sink/pack.h"

static size_t encoded_bytes(const struct batch_limits *limits, size_t bytes)
{
    return limits->base64 ? (bytes + 2) / 3 * 4 : bytes;
}

size_t batch_record_cost(const struct batch_limits *limits, size_t bytes)
{
    return limits->record_frame_bytes + encoded_bytes(limits, bytes);
}

struct batch_room batch_empty_room(const struct batch_limits *limits)
{
    return (struct batch_room){.records = limits->records,
                               .bytes = limits->batch_bytes - limits->frame_bytes};
}

/* The greatest record, before base64, that the room takes. */
static size_t greatest_record(const struct batch_limits *limits, const struct batch_room *room)
{
    if (room->bytes <= limits->record_frame_bytes) {
        return 0;
    }
    size_t bytes = room->bytes - limits->record_frame_bytes;
    return limits->base64 ? bytes / 4 * 3 : bytes;
}

static size_t smaller(size_t left, size_t right)
{
    return left < right ? left : right;
}

/* Adds lines behind the first, as the packer chooses within `limit`. */
static void extend_record(const struct batch_limits *limits, struct batch_record *record, size_t limit)
{
    const struct parcel *parcel = record->parcel;
    const struct parcel_line *lines = parcel->lines + record->first;
    record->count = pack_choose(lines, parcel->count - record->first, limit, limits->step_bytes);
    const struct parcel_line *last = &lines[record->count - 1];
    record->bytes = last->offset + last->length - lines[0].offset;
}

bool batch_cut_record(const struct batch_limits *limits, struct batch_room *room, struct parcel *parcel,
                      struct batch_record *ret_record)
{
    if (parcel->taken == parcel->count || room->records == 0) {
        return false;
    }
    uint32_t length = parcel->lines[parcel->taken].length;
    struct batch_record record = {.parcel = parcel,
                                  .first = parcel->taken,
                                  .count = 1,
                                  .bytes = length,
                                  .oversize = length > limits->record_bytes};
    if (!record.oversize) {
        size_t greatest = greatest_record(limits, room);
        bool empty = room->bytes == batch_empty_room(limits).bytes;
        if (length > greatest && !empty) {
            return false;
        }
        extend_record(limits, &record, smaller(smaller(limits->pack_bytes, limits->record_bytes), greatest));
        room->bytes -= smaller(room->bytes, batch_record_cost(limits, record.bytes));
    }
    room->records--;
    parcel->taken += record.count;
    *ret_record = record;
    return true;
}

uint32_t batch_fill(const struct batch_limits *limits, struct parcel *first, struct batch_record *records)
{
    struct batch_room room = batch_empty_room(limits);
    uint32_t count = 0;
    for (struct parcel *parcel = first; parcel != NULL; parcel = parcel->next) {
        while (batch_cut_record(limits, &room, parcel, &records[count])) {
            count++;
        }
        if (parcel->taken < parcel->count) {
            break;
        }
    }
    return count;
}

struct batch_record batch_split_record(struct batch_record *record)
{
    struct batch_record second = *record;
    record->count /= 2;
    second.first += record->count;
    second.count -= record->count;
    const struct parcel_line *lines = record->parcel->lines;
    uint32_t first_bytes = lines[second.first].offset - lines[record->first].offset;
    record->bytes = first_bytes;
    second.bytes -= first_bytes;
    return second;
}

bool batch_is_full(const struct batch_limits *limits, const struct batch_backlog *backlog)
{
    uint64_t records = limits->pack_bytes == 0 ? backlog->lines : backlog->bytes / limits->pack_bytes;
    if (records < backlog->parcels) {
        records = backlog->parcels;
    }
    size_t room = limits->batch_bytes - limits->frame_bytes;
    return records >= limits->records || encoded_bytes(limits, backlog->bytes) >= room;
}

int64_t batch_due_in_ms(int64_t now_boot_ms, int64_t last_start_boot_ms, int64_t flush_age_ms,
                        uint32_t under_way)
{
    if (flush_age_ms == 0) {
        return under_way == 0 ? 0 : -1;
    }
    int64_t due = last_start_boot_ms + flush_age_ms;
    return due <= now_boot_ms ? 0 : due - now_boot_ms;
}
