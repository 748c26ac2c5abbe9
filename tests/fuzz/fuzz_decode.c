/* libFuzzer target: the page decoder against cJSON, its short way over items against its long one, and the salvage of
 * pages that do not parse. */
#include <stdio.h>

#include "tests/unit/shard/oracle.h"
#include "tests/unit/shard/usual_twin.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice page = slice_of((const char *)data, size);
    struct slice raw;
    bool taken;
    const char *difference = oracle_check(page, &taken);
    if (difference != NULL) {
        fprintf(stderr, "differs from cJSON: %s\n", difference);
        abort();
    }
    difference = usual_twin_check_page(page);
    if (difference != NULL) {
        fprintf(stderr, "%s\n", difference);
        abort();
    }
    if (decode_salvage_text(page, "NextShardIterator", &raw) &&
        (raw.at < page.at || raw.at + raw.length > page.at + page.length)) {
        abort();
    }
    return 0;
}
