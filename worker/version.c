#include "worker/version.h"

#include <cjson/cJSON.h>
#include <zlib.h>

#if defined(__clang__)
#define VERSION_COMPILER "clang " __clang_version__
#else
#define VERSION_COMPILER "gcc " __VERSION__
#endif

struct library {
    const char *name;
    const char *version; /* of what runs, not of what was compiled against */
};

enum { LIBRARIES = 2 };

static void read_libraries(struct library libraries[LIBRARIES])
{
    libraries[0] = (struct library){"cjson", cJSON_Version()};
    libraries[1] = (struct library){"zlib", zlibVersion()};
}

void version_print_text(FILE *out)
{
    fputs("penstock " PENSTOCK_VERSION "\n", out);
}

void version_print_json(FILE *out)
{
    struct library libraries[LIBRARIES];
    read_libraries(libraries);
    fputs("{\"version\":\"" PENSTOCK_VERSION "\",\"compiler\":\"" VERSION_COMPILER "\",\"libraries\":{", out);
    for (size_t i = 0; i < LIBRARIES; i++) {
        fprintf(out, "%s\"%s\":\"%s\"", i == 0 ? "" : ",", libraries[i].name, libraries[i].version);
    }
    fputs("}}\n", out);
}
