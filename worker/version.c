#include "worker/version.h"

#include <cjson/cJSON.h>
#include <string.h>
#include <zlib.h>

#include "aws/crypto.h"
#include "aws/http_curl.h"
#include "shard/position_store.h"

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

void version_print_text(FILE *out)
{
    fputs("penstock " PENSTOCK_VERSION "\n", out);
}

void version_print_json(FILE *out)
{
    char curl[CURL_VERSION_BYTES];
    read_curl_version(curl);
    /* Of what runs, not of what was compiled against. */
    fprintf(out,
            "{\"version\":\"%s\",\"compiler\":\"%s\",\"libraries\":{\"libcurl\":\"%s\",\"openssl\":\"%s\","
            "\"sqlite\":"
            "\"%s\",\"cjson\":\"%s\",\"zlib\":\"%s\"}}\n",
            PENSTOCK_VERSION, VERSION_COMPILER, curl, crypto_library_version(),
            position_store_library_version(), cJSON_Version(), zlibVersion());
}
