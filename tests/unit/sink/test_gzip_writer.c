/* What would break for a user: a landed file that no gzip reader opens, or that ends too soon. */
#include "folder_support.h"

#include <zlib.h>

#include "sink/gzip_writer.h"

enum { ROUNDS = 60, MOST = 300000 };

static void write_parts(struct gzip_writer *writer, const char *path, struct random *random,
                        const char *content, size_t length)
{
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(descriptor >= 0);
    assert_ok(gzip_writer_begin(writer, descriptor, path));
    for (size_t done = 0; done < length;) {
        size_t part = 1 + random_below(random, length - done);
        assert_ok(gzip_writer_add(writer, slice_of(content + done, part)));
        done += part;
    }
    assert_ok(gzip_writer_end(writer));
    assert_int_equal(close(descriptor), 0);
}

static void assert_reads_back(const char *path, const char *content, size_t length)
{
    static char back[MOST + 1];
    gzFile file = gzopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(gzread(file, back, sizeof back), length);
    assert_memory_equal(back, content, length);
    assert_int_equal(gzclose(file), Z_OK);
}

/* Content from hardly to well compressible, one writer for all files. */
static void any_content_reads_back(void **state)
{
    (void)state;
    static char content[MOST];
    struct test_folder folder;
    char path[128];
    struct random random;
    struct gzip_writer *writer = NULL;
    random_init(&random, test_seed());
    test_folder_make(&folder);
    snprintf(path, sizeof path, "%s/x.gz", folder.path);
    assert_ok(gzip_writer_create(&writer));
    for (int round = 0; round < ROUNDS; round++) {
        size_t length = round == 0 ? 0 : random_below(&random, MOST);
        uint64_t letters = 1 + random_below(&random, 256);
        for (size_t i = 0; i < length; i++) {
            content[i] = (char)random_below(&random, letters);
        }
        write_parts(writer, path, &random, content, length);
        assert_reads_back(path, content, length);
    }
    gzip_writer_destroy(writer);
    test_folder_remove(&folder);
}

static void a_full_disk_is_told(void **state)
{
    (void)state;
    int descriptor = open("/dev/full", O_WRONLY | O_CLOEXEC);
    struct gzip_writer *writer = NULL;
    assert_true(descriptor >= 0);
    assert_ok(gzip_writer_create(&writer));
    assert_ok(gzip_writer_begin(writer, descriptor, "/dev/full"));
    assert_ok(gzip_writer_add(writer, slice_of_text("a line\n")));
    struct status status = gzip_writer_end(writer);
    assert_int_equal(status.code, STATUS_IO);
    assert_non_null(strstr(status.reason, "/dev/full"));
    gzip_writer_destroy(writer);
    assert_int_equal(close(descriptor), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_content_reads_back),
        cmocka_unit_test(a_full_disk_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
