/* Where the container's authorization token may be sent: a mistake here leaks it. */
#include <arpa/inet.h>
#include <netinet/in.h>

#include "tests/unit/aws/credential_fixture.h"

/* Resolves by a table: "name=address address". */
static const char *const known_names[][2] = {
    {"localhost", "127.0.0.1 ::1"},         {"six-first", "::1 127.0.0.9"}, {"evil.example", "8.8.8.8"},
    {"mixed.example", "127.0.0.1 8.8.8.8"}, {"pod", "fd00:ec2::23"},
};

static size_t add_address(const char *text, struct sockaddr_storage *address)
{
    struct sockaddr_in v4 = {.sin_family = AF_INET};
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
        memcpy(address, &v4, sizeof(v4));
    } else if (inet_pton(AF_INET6, text, &v6.sin6_addr) == 1) {
        memcpy(address, &v6, sizeof(v6));
    } else {
        return 0;
    }
    return 1;
}

static struct status fake_resolve(void *context, const char *host, struct sockaddr_storage *addresses,
                                  size_t capacity, size_t *ret_count)
{
    (void)context;
    *ret_count = add_address(host, addresses);
    for (size_t i = 0; i < sizeof(known_names) / sizeof(known_names[0]); i++) {
        if (strcmp(host, known_names[i][0]) == 0) {
            char list[64];
            char *rest = list;
            (void)snprintf(list, sizeof(list), "%s", known_names[i][1]);
            for (char *one = strsep(&rest, " "); one != NULL && *ret_count < capacity;
                 one = strsep(&rest, " ")) {
                *ret_count += add_address(one, &addresses[*ret_count]);
            }
        }
    }
    return *ret_count > 0 ? status_ok() : status_make(STATUS_UNAVAILABLE, "cannot resolve '%s'", host);
}

static const struct host_resolver resolver = {.resolve = fake_resolve};

static void allowed_hosts(void **state)
{
    (void)state;
    static const struct {
        const char *uri;
        const char *url; /* the first that is called */
        const char *host; /* header */
        size_t count;
    } cases[] = {
        {"http://127.0.0.1/x", "http://127.0.0.1/x", "127.0.0.1", 1},
        {"http://127.255.1.2:81/x?y=1", "http://127.255.1.2:81/x?y=1", "127.255.1.2:81", 1},
        {"http://169.254.170.2/v2/credentials/1", "http://169.254.170.2/v2/credentials/1", "169.254.170.2",
         1},
        {"http://169.254.170.23/v1/credentials", "http://169.254.170.23/v1/credentials", "169.254.170.23", 1},
        {"http://[::1]:8080/x", "http://[::1]:8080/x", "[::1]:8080", 1},
        {"http://[fd00:ec2::23]/v1", "http://[fd00:ec2::23]/v1", "[fd00:ec2::23]", 1},
        {"http://localhost:1/x", "http://127.0.0.1:1/x", "localhost:1", 2},
        {"HTTP://six-first/x", "http://127.0.0.9/x", "six-first", 2},
        {"http://pod", "http://[fd00:ec2::23]", "pod", 1},
        {"https://evil.example/x", "https://evil.example/x", "", 1},
        {"https://8.8.8.8:444/x", "https://8.8.8.8:444/x", "", 1},
    };
    struct container_target *target = calloc(1, sizeof(*target));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct status status = container_target_resolve(cases[i].uri, &resolver, target);
        assert_string_equal(status.reason, "");
        assert_string_equal(target->urls[0], cases[i].url);
        assert_string_equal(target->host, cases[i].host);
        assert_int_equal(target->url_count, cases[i].count);
    }
    free(target);
}

static void refused_hosts(void **state)
{
    (void)state;
    static const struct {
        const char *uri;
        enum status_code code;
    } cases[] = {
        {"http://8.8.8.8/x", STATUS_DENIED},
        {"http://169.254.169.254/x", STATUS_DENIED},
        {"http://169.254.170.3/x", STATUS_DENIED},
        {"http://128.0.0.1/x", STATUS_DENIED},
        {"http://126.255.255.255/x", STATUS_DENIED},
        {"http://0.0.0.0/x", STATUS_DENIED},
        {"http://[::]/x", STATUS_DENIED},
        {"http://[::2]/x", STATUS_DENIED},
        {"http://[::ffff:8.8.8.8]/x", STATUS_DENIED},
        {"http://[fd00:ec2::24]/x", STATUS_DENIED},
        {"http://evil.example/x", STATUS_DENIED},
        {"http://mixed.example/x", STATUS_DENIED},
        {"http://unknown.example/x", STATUS_UNAVAILABLE},
        {"http://127.0.0.1@evil.example/x", STATUS_INVALID},
        {"http://user:pw@127.0.0.1/x", STATUS_INVALID},
        {"http://127.0.0.1:0/x", STATUS_INVALID},
        {"http://127.0.0.1:65536/x", STATUS_INVALID},
        {"http://127.0.0.1:/x", STATUS_INVALID},
        {"http://127.0.0.1:-1/x", STATUS_INVALID},
        {"http://[::1/x", STATUS_INVALID},
        {"http://[::1]x/x", STATUS_INVALID},
        {"http://127.0.0.1\\@evil/x", STATUS_INVALID},
        {"http://127.0.0.1/x\r\nhost: evil", STATUS_INVALID},
        {"http://127.0.0.1/x y", STATUS_INVALID},
        {"http://127.0.0.1/#x", STATUS_INVALID},
        {"http:///x", STATUS_INVALID},
        {"ftp://127.0.0.1/x", STATUS_INVALID},
        {"127.0.0.1/x", STATUS_INVALID},
        {"", STATUS_INVALID},
    };
    struct container_target *target = calloc(1, sizeof(*target));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct status status = container_target_resolve(cases[i].uri, &resolver, target);
        if (status.code != cases[i].code) {
            fail_msg("%s: %s '%s'", cases[i].uri, status_code_name(status.code), status.reason);
        }
    }
    free(target);
}

/* Whatever a URI looks like: a plain http URL that comes out has an allowed address for a host. */
static void random_uris_never_lead_elsewhere(void **state)
{
    (void)state;
    static const char *const pieces[] = {
        "http://",
        "https://",
        "127.0.0.1",
        "localhost",
        "evil.example",
        "8.8.8.8",
        "[::1]",
        "[",
        "]",
        "@",
        ":",
        "/",
        "#",
        "?",
        "\\",
        "80",
        ".",
        "%2e",
        " ",
        "\r\n",
        "0x7f.1",
        "::",
        "fd00:ec2::23",
        "\t",
    };
    static const char *const good[] = {"http://127.", "http://[::1]", "http://[fd00:ec2::23]", "https://"};
    struct random random;
    const char *seed_text = getenv("PENSTOCK_TEST_SEED");
    uint64_t seed = seed_text != NULL ? strtoull(seed_text, NULL, 10) : random_seed_from_system();
    print_message("PENSTOCK_TEST_SEED=%llu\n", (unsigned long long)seed);
    random_init(&random, seed);
    struct container_target *target = calloc(1, sizeof(*target));
    size_t accepted = 0;
    for (size_t round = 0; round < 100000; round++) {
        struct bytes uri;
        const char *text = NULL;
        bytes_init(&uri, 512);
        struct status status = bytes_append_text(&uri, random_below(&random, 4) == 0 ? "" : "http://");
        for (size_t i = random_below(&random, 6); i > 0 && status_is_ok(&status); i--) {
            status =
                bytes_append_text(&uri, pieces[random_below(&random, sizeof(pieces) / sizeof(pieces[0]))]);
        }
        assert_true(status_is_ok(&status));
        status = bytes_terminate(&uri, &text);
        assert_true(status_is_ok(&status));
        status = container_target_resolve(text, &resolver, target);
        bool is_good = !status_is_ok(&status);
        for (size_t i = 0; i < 4 && !is_good; i++) {
            is_good = strncmp(target->urls[0], good[i], strlen(good[i])) == 0;
        }
        if (!is_good) {
            fail_msg("'%s' gives '%s'", text, target->urls[0]);
        }
        accepted += status_is_ok(&status) ? 1 : 0;
        bytes_free(&uri);
    }
    assert_true(accepted > 1000);
    free(target);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(allowed_hosts),
        cmocka_unit_test(refused_hosts),
        cmocka_unit_test(random_uris_never_lead_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
