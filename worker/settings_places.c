#include <string.h>

#include "sink/dead_letter_place.h"
#include "worker/settings.h"

static bool begins_with(const char *text, const char *prefix)
{
    return text != NULL && strncmp(text, prefix, strlen(prefix)) == 0;
}

bool settings_need_s3(const struct settings *settings)
{
    return begins_with(settings->dead_letter, "s3:");
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
    return status_ok();
}
