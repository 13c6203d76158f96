#define _GNU_SOURCE
#include "wire.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

void *make(size_t size) {
	void *memory = calloc(1, size ? size : 1);
	if (!memory) {
		fprintf(stderr, "PJRT CPU plugin: out of memory for %zu bytes\n", size);
		abort();
	}
	return memory;
}

PJRT_Error *failure(PJRT_Error_Code code, const char *format, ...) {
	PJRT_Error *error = make(sizeof *error);
	error->code = code;
	va_list arguments;
	va_start(arguments, format);
	if (vasprintf(&error->message, format, arguments) < 0) error->message = NULL;
	va_end(arguments);
	return error;
}

void answer_free(Answer *answer) {
	free(answer->words);
	free(answer->bytes);
}

// lost notes that the process ended, and how. Without a message of its own the process was killed or crashed.
static PJRT_Error *lost(Server *server) {
	if (!server->end[0]) {
		int status = 0;
		waitpid(server->pid, &status, 0);
		if (WIFSIGNALED(status)) {
			snprintf(server->end, sizeof server->end, "was ended by signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
		} else {
			snprintf(server->end, sizeof server->end, "ended with status %d", WEXITSTATUS(status));
		}
		close(server->socket);
	}
	return failure(PJRT_Error_Code_UNAVAILABLE,
		"XLA's Python process %d %s, and all arrays with it; its standard error may say why", (int)server->pid, server->end);
}

static bool send_all(int socket, struct iovec *parts, int count) {
	while (count > 0) {
		struct msghdr message = {.msg_iov = parts, .msg_iovlen = count};
		ssize_t sent = sendmsg(socket, &message, MSG_NOSIGNAL);
		if (sent < 0) {
			if (errno == EINTR) continue;
			return false;
		}
		for (; count > 0 && (size_t)sent >= parts->iov_len; parts++, count--) sent -= parts->iov_len;
		if (count > 0) {
			parts->iov_base = (char *)parts->iov_base + sent;
			parts->iov_len -= sent;
		}
	}
	return true;
}

static bool receive_all(int socket, void *into, size_t size) {
	while (size > 0) {
		ssize_t got = recv(socket, into, size, MSG_WAITALL);
		if (got < 0 && errno == EINTR) continue;
		if (got <= 0) return false;
		into = (char *)into + got;
		size -= got;
	}
	return true;
}

static bool send_request(Server *server, enum kind kind, const int64_t *words, size_t num_words, const struct iovec parts[2]) {
	struct iovec none[2] = {{0}};
	if (!parts) parts = none;
	int64_t header[] = {kind, num_words, parts[0].iov_len + parts[1].iov_len};
	struct iovec all[] = {{header, sizeof header}, {(void *)words, num_words * sizeof *words}, parts[0], parts[1]};
	return send_all(server->socket, all, 4);
}

static PJRT_Error *receive_answer(Server *server, Answer *answer) {
	int64_t header[3];
	if (!receive_all(server->socket, header, sizeof header)) return lost(server);
	size_t num_words = header[1], size = header[2];
	int64_t *words = make(num_words * sizeof *words);
	bool given = answer->bytes && header[0] == 0;
	if (given && answer->size != size) { // Both sides know the size, so this is a plugin and a server of different versions.
		free(words);
		kill(server->pid, SIGKILL);
		return lost(server);
	}
	char *bytes = given ? answer->bytes : make(size + 1);
	PJRT_Error *error = NULL;
	if (!receive_all(server->socket, words, num_words * sizeof *words) || !receive_all(server->socket, bytes, size)) {
		error = lost(server);
	} else if (header[0] != 0) {
		error = failure(PJRT_Error_Code_UNKNOWN, "%s", bytes);
	} else {
		*answer = (Answer){words, num_words, bytes, size};
		return NULL;
	}
	free(words);
	if (!given) free(bytes);
	return error;
}

PJRT_Error *server_ask(Server *server, enum kind kind, const int64_t *words, size_t num_words, const struct iovec parts[2], Answer *answer) {
	pthread_mutex_lock(&server->lock);
	PJRT_Error *error;
	if (server->end[0] || !send_request(server, kind, words, num_words, parts)) {
		error = lost(server);
	} else {
		error = receive_answer(server, answer);
	}
	pthread_mutex_unlock(&server->lock);
	return error;
}

void server_drop(Server *server, int64_t id) {
	pthread_mutex_lock(&server->lock);
	// A process that ended has forgotten everything; the next question finds out.
	if (!server->end[0]) send_request(server, DROP, &id, 1, NULL);
	pthread_mutex_unlock(&server->lock);
}

PJRT_Error *server_start(Server *server, Answer *answer) {
	Dl_info library;
	if (!dladdr((void *)server_start, &library)) return failure(PJRT_Error_Code_INTERNAL, "dladdr doesn't find the plugin");
	int folder = strrchr(library.dli_fname, '/') - library.dli_fname;
	char python[PATH_MAX], script[PATH_MAX];
	snprintf(python, sizeof python, "%.*s/venv/bin/python", folder, library.dli_fname);
	const char *name = library.dli_fname + folder + strlen("/pjrt_");
	snprintf(script, sizeof script, "%.*s/%.*s.py", folder, library.dli_fname, (int)strcspn(name, "."), name);

	int ends[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return failure(PJRT_Error_Code_INTERNAL, "socketpair: %s", strerror(errno));

	// A process group of its own: an interrupt from the keyboard is for the program, which may still want its arrays.
	posix_spawnattr_t attributes;
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
	sigset_t none;
	sigemptyset(&none);
	posix_spawnattr_setsigmask(&attributes, &none);
	// The program's standard output is not for the process.
	posix_spawn_file_actions_t files;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, 2, 1);
	posix_spawn_file_actions_adddup2(&files, ends[1], 3);
	// Isolated (-I): the user's own Python settings and packages stay out of it.
	char *arguments[] = {python, "-I", script, NULL};
	int code = posix_spawn(&server->pid, python, &files, &attributes, arguments, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attributes);
	close(ends[1]);
	if (code != 0) {
		close(ends[0]);
		return failure(PJRT_Error_Code_UNAVAILABLE, "can't start %s: %s; kernels/setup-xla installs it", python, strerror(code));
	}
	server->socket = ends[0];
	pthread_mutex_init(&server->lock, NULL);
	return receive_answer(server, answer);
}

void server_stop(Server *server) {
	pthread_mutex_lock(&server->lock);
	if (!server->end[0]) {
		kill(server->pid, SIGKILL); // It has nothing to save.
		waitpid(server->pid, NULL, 0);
		close(server->socket);
		strcpy(server->end, "was stopped when its client was destroyed");
	}
	pthread_mutex_unlock(&server->lock);
}
