/* libFuzzer target: the page decoder against cJSON, its short way over items against its long one, and the salvage of
 * pages that do not parse. */
#include <stdio.h>

#include "tests/unit/shard/oracle.h"
#include "tests/unit/shard/usual_twin.h"

enum { MOST_TWINS = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_twins(struct slice page)
{
    int twins = 0;
    for (size_t i = 0; i < page.length && twins < MOST_TWINS; i++) {
        if (page.at[i] != '{' && page.at[i] != '[') {
            continue;
        }
        bool usual;
        const char *difference = usual_twin_check(slice_of(page.at + i, page.length - i), &usual);
        if (difference != NULL) {
            fprintf(stderr, "%s, from byte %zu\n", difference, i);
            abort();
        }
        twins++;
    }
}

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
    check_twins(page);
    if (decode_salvage_text(page, "NextShardIterator", &raw) &&
        (raw.at < page.at || raw.at + raw.length > page.at + page.length)) {
        abort();
    }
    return 0;
}
