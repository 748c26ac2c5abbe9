/* libFuzzer target: dead letters read back, and the lists of S3. */
#include <stdint.h>
#include <stdlib.h>

#include "aws/s3_list.h"
#include "worker/letters/letters_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = slice_of((const char *)data, size);
    struct bytes content;
    struct letter_view view;
    struct s3_list list;
    bool more = true;
    bytes_init(&content, size + 1);
    struct status status = letters_parse(text, &view, &content);
    if (status.code != STATUS_OK && status.code != STATUS_CORRUPT) {
        abort();
    }
    bytes_free(&content);
    status = s3_list_begin(text, &list);
    while (status.code == STATUS_OK && more) {
        struct s3_entry entry;
        status = s3_list_next(&list, &entry, &more);
    }
    return 0;
}
