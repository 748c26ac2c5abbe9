#include "worker/admin/admin.h"

#include <stdlib.h>

#include "base/log.h"
#include "worker/admin/admin_address.h"
#include "worker/admin/admin_json.h"
#include "worker/admin/http_server.h"
#include "worker/admin/metrics_text.h"
#include "worker/admin/page.h"

enum {
    BODY_CEILING = 256 * 1024 * 1024, /* 100,000 leases take 50 MB */
    FRESH_MS = 200, /* many askers share one snapshot */
};

struct admin {
    /* Constant once the thread runs. */
    const struct clock *clock;
    bool per_shard;
    int64_t started_wall_ms;
    struct page page;
    struct http_server *server;
    struct admin_address bound;
    bool elsewhere; /* the default port was taken */

    /* The thread that runs the worker. */
    bool told; /* where it listens */

    struct mutex lock; /* held for each answer */
    struct admin_sources sources GUARDED_BY(lock);
    bool attached GUARDED_BY(lock); /* `sources` hold */
    enum admin_phase phase GUARDED_BY(lock);
    struct admin_snapshot snapshot GUARDED_BY(lock);
    int64_t snapshot_boot_ms GUARDED_BY(lock); /* 0: none */
    struct admin_snapshot moment GUARDED_BY(lock); /* of one verdict: too large for a stack */
};

static struct status take_snapshot(struct admin *admin, bool rows, struct admin_snapshot *ret_snapshot)
    REQUIRES(admin->lock)
{
    const struct admin_sources *sources = admin->attached ? &admin->sources : NULL;
    TRY(admin_snapshot_take(sources, admin->clock, admin->phase, rows, ret_snapshot));
    ret_snapshot->started_wall_ms = admin->started_wall_ms;
    return status_ok();
}

static void drop_snapshot(struct admin *admin) REQUIRES(admin->lock)
{
    admin_snapshot_free(&admin->snapshot);
    admin->snapshot_boot_ms = 0;
}

/* The snapshot with rows, not older than FRESH_MS. */
static struct status refresh(struct admin *admin) REQUIRES(admin->lock)
{
    int64_t now_ms = clock_boot_ms(admin->clock);
    if (admin->snapshot_boot_ms != 0 && now_ms - admin->snapshot_boot_ms < FRESH_MS) {
        return status_ok();
    }
    drop_snapshot(admin);
    TRY(take_snapshot(admin, true, &admin->snapshot));
    admin->snapshot_boot_ms = now_ms;
    return status_ok();
}

static struct status answer_leases(struct admin *admin, struct http_answer *answer) REQUIRES(admin->lock)
{
    TRY(refresh(admin));
    answer->content_type = "application/json";
    return admin_json_leases(&admin->snapshot, &answer->body);
}

static struct status answer_metrics(struct admin *admin, struct http_answer *answer) REQUIRES(admin->lock)
{
    TRY(refresh(admin));
    answer->content_type = METRICS_TEXT_TYPE;
    return metrics_text_write(&admin->snapshot, admin->per_shard, &answer->body);
}

/* Of the present moment, and without asking the keeper's thread, which may be what hangs. */
static struct status answer_verdict(struct admin *admin, struct http_answer *answer, bool readiness)
    REQUIRES(admin->lock)
{
    TRY(take_snapshot(admin, false, &admin->moment));
    struct problems problems = {.count = 0};
    if (readiness) {
        problems_of_readiness(&admin->moment, &problems);
    } else {
        problems_of_health(&admin->moment, &problems);
    }
    admin_snapshot_free(&admin->moment);
    answer->content_type = "application/json";
    answer->status = problems.count == 0 ? 200 : 503;
    return readiness ? admin_json_verdict(&problems, "ready", "not ready", &answer->body)
                     : admin_json_verdict(&problems, "ok", "stuck", &answer->body);
}

static struct status answer_health(struct admin *admin, struct http_answer *answer) REQUIRES(admin->lock)
{
    return answer_verdict(admin, answer, false);
}

static struct status answer_readiness(struct admin *admin, struct http_answer *answer) REQUIRES(admin->lock)
{
    return answer_verdict(admin, answer, true);
}

static struct status answer_page(struct admin *admin, struct http_answer *answer) REQUIRES(admin->lock)
{
    answer->content_type = "text/html; charset=utf-8";
    answer->content_policy = admin->page.policy;
    return bytes_append_slice(&answer->body, admin->page.html);
}

struct route {
    const char *path;
    /* With the lock held. */
    struct status (*answer)(struct admin *admin, struct http_answer *answer) MUST_USE;
};

static const struct route routes[] = {
    {"/", answer_page},          {"/leases", answer_leases},    {"/metrics", answer_metrics},
    {"/healthz", answer_health}, {"/readyz", answer_readiness},
};

static void fail(struct http_answer *answer, const struct status *status)
{
    bytes_clear(&answer->body);
    answer->status = 500;
    answer->content_type = "text/plain; charset=utf-8";
    struct status written = bytes_append_text(&answer->body, status->reason);
    if (!status_is_ok(&written)) {
        bytes_clear(&answer->body);
    }
}

static void answer_request(void *context, const char *path, struct http_answer *ret_answer)
{
    struct admin *admin = context;
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (strcmp(routes[i].path, path) != 0) {
            continue;
        }
        bytes_init(&ret_answer->body, BODY_CEILING);
        ret_answer->status = 200;
        mutex_lock(&admin->lock);
        struct status status = routes[i].answer(admin, ret_answer);
        mutex_unlock(&admin->lock);
        if (!status_is_ok(&status)) {
            fail(ret_answer, &status);
        }
        return;
    }
}

/* The socket that settings ask for; -1 and OK when the default one cannot be had. */
static struct status listen_somewhere(struct admin *admin, const struct settings *settings, int *ret_socket)
{
    struct admin_address wanted;
    *ret_socket = -1;
    TRY(admin_address_parse(slice_of_text(settings->admin), &wanted));
    struct status status = admin_address_listen(&wanted, ret_socket, &admin->bound);
    if (status_is_ok(&status) || settings->sources[SETTING_ADMIN] != SETTING_FROM_DEFAULT) {
        return status_prefix(status, "--admin");
    }
    admin->elsewhere = true;
    admin_address_set_port(&wanted, 0);
    struct status second = admin_address_listen(&wanted, ret_socket, &admin->bound);
    if (!status_is_ok(&second)) {
        log_write(LOG_WARN, "worker", "no admin server (--admin sets its address)", log_status(&second));
    }
    return status_ok();
}

/* A start that fails says one line: why. So this is told when it has succeeded; before, to whoever debugs it. */
static void tell_address(const struct admin *admin, enum log_level level)
{
    char text[ADMIN_ADDRESS_BYTES];
    admin_address_format(&admin->bound, text);
    log_write(level, "worker", "admin server listens", log_text("address", text));
    if (level == LOG_DEBUG) {
        return;
    }
    if (admin->elsewhere) {
        log_write(LOG_WARN, "worker", "the default admin port is taken: a free one is used (--admin sets it)",
                  log_text("address", text));
    }
    if (!admin->bound.loopback) {
        log_write(LOG_WARN, "worker",
                  "the admin server can be reached from other machines and asks nobody who they are",
                  log_text("address", text));
    }
}

static struct status start_server(struct admin *admin, int listener)
{
    const struct http_server_options options = {
        .listener = listener,
        .clock = admin->clock,
        .answer = answer_request,
        .context = admin,
    };
    return http_server_start(&options, &admin->server);
}

static struct status make_admin(const struct settings *settings, const struct clock *clock,
                                struct admin **ret_admin) NO_THREAD_CHECK /* nobody else sees it yet */
{
    struct admin *admin = calloc(1, sizeof *admin);
    if (admin == NULL) {
        return status_no_memory("the admin server", sizeof *admin);
    }
    admin->clock = clock;
    admin->per_shard = settings->metrics_per_shard != 0;
    admin->started_wall_ms = clock_wall_ms(clock);
    mutex_init(&admin->lock);
    admin->phase = ADMIN_STARTING;
    page_init(&admin->page);
    int listener = -1;
    struct status status = listen_somewhere(admin, settings, &listener);
    if (status_is_ok(&status) && listener >= 0) {
        status = start_server(admin, listener);
    }
    if (admin->server == NULL) {
        mutex_destroy(&admin->lock);
        free(admin);
        return status;
    }
    *ret_admin = admin;
    return status;
}

struct status admin_open(const struct settings *settings, const struct clock *clock, struct admin **ret_admin)
{
    *ret_admin = NULL;
    if (strcmp(settings->admin, "off") == 0) {
        return status_ok();
    }
    TRY(make_admin(settings, clock, ret_admin));
    if (*ret_admin != NULL) {
        tell_address(*ret_admin, LOG_DEBUG);
    }
    return status_ok();
}

void admin_attach(struct admin *admin, const struct admin_sources *sources)
{
    if (admin == NULL) {
        return;
    }
    mutex_lock(&admin->lock);
    admin->sources = *sources;
    admin->attached = true;
    admin->phase = ADMIN_RUNNING;
    drop_snapshot(admin);
    mutex_unlock(&admin->lock);
    if (!admin->told) {
        tell_address(admin, LOG_INFO);
        admin->told = true;
    }
}

static void set_phase(struct admin *admin, enum admin_phase phase, bool attached)
{
    if (admin == NULL) {
        return;
    }
    mutex_lock(&admin->lock);
    admin->phase = phase;
    admin->attached = attached;
    drop_snapshot(admin);
    mutex_unlock(&admin->lock);
}

void admin_drain(struct admin *admin)
{
    set_phase(admin, ADMIN_DRAINING, true);
}

void admin_detach(struct admin *admin)
{
    set_phase(admin, ADMIN_STARTING, false);
}

void admin_close(struct admin *admin) NO_THREAD_CHECK /* its thread has ended */
{
    if (admin != NULL) {
        http_server_stop(admin->server);
        admin_snapshot_free(&admin->snapshot);
        mutex_destroy(&admin->lock);
        free(admin);
    }
}
