#include "sink/spill.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/thread.h"
#include "sink/gzip_writer.h"
#include "sink/landing.h"
#include "sink/s3_landing.h"
#include "sink/s3_try.h"
#include "sink/spill_place.h"

enum { NAME_BYTES = 256 };

struct spill {
    /* Constant after spill_create. */
    const struct clock *clock;
    int64_t after_ms;
    bool in_bucket;
    struct s3_landing bucket;
    char prefix[NAME_BYTES]; /* of names in the bucket */

    struct mutex folder_lock; /* one file at a time */
    struct landing folder GUARDED_BY(folder_lock);

    struct mutex lock;
    struct spill_state state GUARDED_BY(lock);
    struct spill_counts counts GUARDED_BY(lock);
    uint64_t numbers GUARDED_BY(lock);
};

static struct status open_place(struct spill *spill, const struct spill_options *options) NO_THREAD_CHECK
{
    struct spill_place place;
    int64_t start_ms = clock_wall_ms(options->clock);
    TRY(spill_place_parse(options->place, &place));
    spill->in_bucket = place.folder == NULL;
    if (!spill->in_bucket) {
        return landing_open(&spill->folder, place.folder, options->table, options->worker_id, start_ms);
    }
    spill->bucket = (struct s3_landing){.s3 = options->s3, .url = place.url};
    (void)snprintf(spill->prefix, sizeof spill->prefix, "penstock-spill-%.200s-%" PRId64, options->worker_id,
                   start_ms);
    landing_clean_name(spill->prefix);
    return s3_try(options->s3, &place.url);
}

struct status spill_create(const struct spill_options *options, struct spill **ret_spill) NO_THREAD_CHECK
{
    struct spill *spill = calloc(1, sizeof *spill);
    if (spill == NULL) {
        return status_no_memory("the spill", sizeof *spill);
    }
    spill->clock = options->clock;
    spill->after_ms = options->after_ms;
    mutex_init(&spill->folder_lock);
    mutex_init(&spill->lock);
    struct status status = open_place(spill, options);
    if (!status_is_ok(&status)) {
        spill_destroy(spill);
        return status;
    }
    *ret_spill = spill;
    return status;
}

void spill_destroy(struct spill *spill) NO_THREAD_CHECK
{
    if (spill != NULL) {
        mutex_destroy(&spill->lock);
        mutex_destroy(&spill->folder_lock);
        free(spill);
    }
}

static void tell_change(bool before, bool now, bool urgent)
{
    if (now && !before) {
        log_write(LOG_ERROR, "sink", "lines are landed directly from now on",
                  log_text("why", urgent ? "unread records are near their trim"
                                         : "the destination has taken nothing for --spill-after"));
    } else if (before && !now) {
        log_write(LOG_WARN, "sink", "lines go to the destination again");
    }
}

enum spill_choice spill_next(struct spill *spill)
{
    mutex_lock(&spill->lock);
    bool before = spill->state.spilling;
    enum spill_choice choice = spill_choose(&spill->state, spill->after_ms, clock_boot_ms(spill->clock));
    struct spill_state now = spill->state;
    mutex_unlock(&spill->lock);
    tell_change(before, now.spilling, now.urgent);
    return choice;
}

void spill_answered(struct spill *spill, bool took)
{
    mutex_lock(&spill->lock);
    bool before = spill->state.spilling;
    spill_note_answer(&spill->state, took, clock_boot_ms(spill->clock));
    struct spill_state now = spill->state;
    mutex_unlock(&spill->lock);
    tell_change(before, now.spilling, now.urgent);
}

void spill_set_urgent(struct spill *spill, bool urgent)
{
    mutex_lock(&spill->lock);
    spill_note_urgent(&spill->state, urgent);
    mutex_unlock(&spill->lock);
}

static void take_name(struct spill *spill, struct spill_name *name)
{
    if (name->number == 0) {
        mutex_lock(&spill->lock);
        name->number = ++spill->numbers;
        mutex_unlock(&spill->lock);
        name->wall_ms = clock_wall_ms(spill->clock);
    }
}

static struct status write_object(const struct spill *spill, const struct batch_record *records,
                                  uint32_t count, const struct spill_name *name, struct stop *cancel)
{
    char text[NAME_BYTES + 24];
    struct slice *lines = calloc(count, sizeof *lines);
    if (lines == NULL) {
        return status_no_memory("the lines of an object", count * sizeof *lines);
    }
    for (uint32_t i = 0; i < count; i++) {
        lines[i] = batch_record_slice(&records[i]);
    }
    (void)snprintf(text, sizeof text, "%s-%08" PRIu64, spill->prefix, name->number);
    const struct s3_landed landed = {name->wall_ms, text, lines, count};
    struct status status = s3_landing_put(&spill->bucket, &landed, cancel);
    free(lines);
    return status;
}

static struct status pack_file(struct landing_file *file, const struct batch_record *records, uint32_t count)
{
    struct gzip_writer *gzip = NULL;
    TRY(gzip_writer_create(&gzip));
    struct status status = gzip_writer_begin(gzip, file->descriptor, file->hidden);
    for (uint32_t i = 0; i < count && status_is_ok(&status); i++) {
        status = gzip_writer_add(gzip, batch_record_slice(&records[i]));
    }
    if (status_is_ok(&status)) {
        status = gzip_writer_end(gzip);
    }
    gzip_writer_destroy(gzip);
    return status;
}

static struct status write_file(struct spill *spill, const struct batch_record *records, uint32_t count)
    REQUIRES(spill->folder_lock)
{
    struct landing_file file = {.descriptor = -1};
    TRY(landing_begin(&spill->folder, &file));
    struct status status = pack_file(&file, records, count);
    if (!status_is_ok(&status)) {
        landing_abandon(&file);
        return status;
    }
    return landing_finish(&spill->folder, &file, clock_wall_ms(spill->clock));
}

static void count_write(struct spill *spill, const struct batch_record *records, uint32_t count, bool written)
{
    mutex_lock(&spill->lock);
    for (uint32_t i = 0; i < count && written; i++) {
        spill->counts.lines += records[i].count;
    }
    spill->counts.objects += written;
    if (written) {
        spill->counts.failing_since_boot_ms = 0;
    } else if (spill->counts.failing_since_boot_ms == 0) {
        spill->counts.failing_since_boot_ms = clock_boot_ms(spill->clock);
    }
    mutex_unlock(&spill->lock);
}

struct status spill_write(struct spill *spill, const struct batch_record *records, uint32_t count,
                          struct spill_name *name, struct stop *cancel)
{
    struct status status;
    take_name(spill, name);
    if (spill->in_bucket) {
        status = write_object(spill, records, count, name, cancel);
    } else {
        mutex_lock(&spill->folder_lock);
        status = write_file(spill, records, count);
        mutex_unlock(&spill->folder_lock);
    }
    count_write(spill, records, count, status_is_ok(&status));
    return status;
}

void spill_read_counts(struct spill *spill, struct spill_counts *ret_counts)
{
    mutex_lock(&spill->lock);
    *ret_counts = spill->counts;
    ret_counts->spilling = spill->state.spilling;
    ret_counts->urgent = spill->state.urgent;
    mutex_unlock(&spill->lock);
}
