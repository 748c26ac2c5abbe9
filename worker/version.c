#include "worker/version.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "aws/crypto.h"
#include "aws/http_curl.h"
#include "shard/position_store.h"
#include "worker/admin/http_server.h"

#if defined(__clang__)
#define VERSION_COMPILER "clang " __clang_version__
#else
#define VERSION_COMPILER "gcc " __VERSION__
#endif

enum { CURL_VERSION_BYTES = 32 };

/* "7.88.1" out of "libcurl/7.88.1 OpenSSL/3.0.19 ...". */
static void read_curl_version(char version[CURL_VERSION_BYTES])
{
    const char *words = http_curl_library();
    const char *slash = strchr(words, '/');
    const char *start = slash == NULL ? words : slash + 1;
    snprintf(version, CURL_VERSION_BYTES, "%.*s", (int)strcspn(start, " "), start);
}

const struct option_table *const version_options[] = {
    &(const struct option_table){
        "Options",
        (const struct setting[]){{.name = "json",
                                  .type = SETTING_TYPE_BOOL,
                                  .help = "As a JSON object, with the versions of the libraries that run.",
                                  .field = offsetof(struct version_request, json)},
                                 {.name = NULL}}},
    NULL,
};

static void print_json(FILE *out)
{
    char curl[CURL_VERSION_BYTES];
    read_curl_version(curl);
    /* Of what runs, not of what was compiled against. */
    fprintf(out,
            "{\"version\":\"%s\",\"compiler\":\"%s\",\"libraries\":{\"libcurl\":\"%s\",\"openssl\":\"%s\","
            "\"sqlite\":"
            "\"%s\",\"cjson\":\"%s\",\"zlib\":\"%s\",\"libmicrohttpd\":\"%s\"}}\n",
            PENSTOCK_VERSION, VERSION_COMPILER, curl, crypto_library_version(),
            position_store_library_version(), cJSON_Version(), zlibVersion(), http_server_library());
}

int version_run(const struct command_line *line)
{
    const struct version_request *request = line->request;
    if (request->json) {
        print_json(stdout);
    } else {
        fputs("penstock " PENSTOCK_VERSION "\n", stdout);
    }
    return commands_finish_output();
}
