#include "worker/settings.h"

#include <stdio.h>
#include <string.h>

#include "worker/settings_rows.h"
#include "worker/suggest.h"

const struct setting *setting_of(enum setting_id id)
{
    if (id < SETTING_FIREHOSE) {
        return &settings_carry_rows[id - SETTING_TABLE];
    }
    return id < SETTING_APP ? &settings_place_rows[id - SETTING_FIREHOSE]
                            : &settings_worker_rows[id - SETTING_APP];
}

bool setting_find(struct slice name, enum setting_id *ret_id)
{
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        if (slice_equals_text(name, setting_of((enum setting_id)id)->name)) {
            *ret_id = (enum setting_id)id;
            return true;
        }
    }
    return false;
}

const char *setting_suggest(struct slice name)
{
    const char *names[SETTING_COUNT];
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        names[id] = setting_of((enum setting_id)id)->name;
    }
    return suggest_nearest(name, names, SETTING_COUNT);
}

const char *setting_group_title(enum setting_group group)
{
    static const char *const titles[SETTINGS_GROUP_COUNT] = {
        [SETTINGS_OF_STREAM] = "What to carry (one of --table and --stream-arn)",
        [SETTINGS_OF_LINES] = "What a line holds",
        [SETTINGS_OF_DESTINATION] = "Where to (one of --firehose, --kinesis, --file and --stdout)",
        [SETTINGS_OF_FLEET] = "The fleet",
        [SETTINGS_OF_READING] = "Reading",
        [SETTINGS_OF_PROCESS] = "The process",
        [SETTINGS_OF_AWS] = "AWS",
    };
    return titles[group];
}

struct status settings_set(struct settings *settings, enum setting_id id, struct slice text,
                           enum setting_source source, const char *place)
{
    TRY(setting_put(setting_of(id), settings, text, place));
    settings->sources[id] = source;
    return status_ok();
}

void settings_free(struct settings *settings)
{
    for (size_t id = 0; id < SETTING_COUNT; id++) {
        setting_clear(setting_of((enum setting_id)id), settings);
    }
}
