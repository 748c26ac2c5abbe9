#include "worker/places.h"

#include "sink/s3_try.h"
#include "worker/destination.h"

static struct status open_letters(const struct settings *settings, const struct access *access,
                                  const char *table, const char *worker_id, struct places *places)
{
    const struct dead_letters_options options = {
        .place = settings->dead_letter,
        .worker_id = worker_id,
        .table = table,
        .clock = clock_real(),
        .s3 = &access->s3,
        .firehose = access->firehose,
    };
    struct status status = dead_letters_open(&options, &places->letters);
    return status_is_ok(&status) ? status : destination_local_failure(status, "--dead-letter");
}

static struct status open_large(const struct settings *settings, const struct access *access,
                                struct places *places)
{
    struct s3_url url;
    TRY(s3_url_parse(settings->large_records, &url));
    TRY(status_prefix(s3_try(&access->s3, &url), "--large-records"));
    places->large_records =
        (struct large_records){.landing = {.s3 = &access->s3, .url = url}, .clock = clock_real()};
    places->large = &places->large_records;
    return status_ok();
}

static struct status open_spill(const struct settings *settings, const struct access *access,
                                const char *table, const char *worker_id, struct places *places)
{
    const struct spill_options options = {
        .place = settings->spill,
        .s3 = &access->s3,
        .table = table,
        .worker_id = worker_id,
        .clock = clock_real(),
        .after_ms = settings->spill_after_ms,
    };
    struct status status = spill_create(&options, &places->spill);
    return status_is_ok(&status) ? status : destination_local_failure(status, "--spill");
}

struct status places_open(const struct settings *settings, const struct access *access, const char *table,
                          const char *worker_id, struct places *places)
{
    if (settings->dead_letter != NULL) {
        TRY(open_letters(settings, access, table, worker_id, places));
    }
    if (settings->large_records != NULL) {
        TRY(open_large(settings, access, places));
    }
    if (settings->spill != NULL) {
        TRY(open_spill(settings, access, table, worker_id, places));
    }
    return status_ok();
}

void places_close(struct places *places)
{
    dead_letters_close(places->letters);
    spill_destroy(places->spill);
    *places = (struct places){.letters = NULL};
}
