#include <string.h>

#include "sink/dead_letter_place.h"
#include "sink/spill_place.h"
#include "worker/settings.h"

static bool begins_with(const char *text, const char *prefix)
{
    return text != NULL && strncmp(text, prefix, strlen(prefix)) == 0;
}

bool settings_need_s3(const struct settings *settings)
{
    return begins_with(settings->dead_letter, "s3:") || begins_with(settings->spill, "s3:") ||
           settings->large_records != NULL;
}

bool settings_need_firehose(const struct settings *settings)
{
    return begins_with(settings->dead_letter, "firehose:");
}

struct status settings_check_places(const struct settings *settings)
{
    if (settings->dead_letter != NULL) {
        struct dead_letter_place place;
        TRY(status_prefix(dead_letter_place_parse(settings->dead_letter, &place), "--dead-letter"));
    }
    if (settings->large_records != NULL) {
        struct s3_url url;
        TRY(status_prefix(s3_url_parse(settings->large_records, &url), "--large-records"));
    }
    if (settings->spill != NULL) {
        struct spill_place place;
        TRY(status_prefix(spill_place_parse(settings->spill, &place), "--spill"));
    }
    if ((settings->large_records != NULL || settings->spill != NULL) && settings->firehose == NULL) {
        return status_make(STATUS_INVALID,
                           "--%s goes with --firehose: no other destination has Firehose's limits",
                           settings->spill != NULL ? "spill" : "large-records");
    }
    return status_ok();
}
