#include "sink/spill_place.h"

static const char file_scheme[] = "file:";

struct status spill_place_parse(const char *text, struct spill_place *ret_place)
{
    struct spill_place place = {.folder = NULL};
    if (strncmp(text, file_scheme, sizeof file_scheme - 1) == 0) {
        place.folder = text + sizeof file_scheme - 1;
        if (place.folder[0] == '\0') {
            return status_make(STATUS_INVALID, "'%s': a folder's name is missing (character %zu)", text,
                               sizeof file_scheme);
        }
    } else if (strncmp(text, "s3:", 3) == 0) {
        TRY(s3_url_parse(text, &place.url));
    } else {
        return status_make(STATUS_INVALID, "'%.80s' begins with neither s3:// nor file: (character 1)", text);
    }
    *ret_place = place;
    return status_ok();
}
