// The wire between the plugin and its Python process: who sends what.
//
// Either side sends messages of
//
//	kind, number of words, number of bytes    three int64
//	words                                     int64 each
//	bytes
//
// in the machine's byte order, over a pair of Unix sockets of which the process holds its end as file descriptor 3. The plugin asks, the
// process answers with kind 0, or with kind 1 and the error's text as the bytes:
//
//	kind      words                                           bytes               answer
//	(start)                                                                       number of devices; version
//	COMPILE   id, size of the options                         options, program    see program_read in plugin.c; name
//	PUT       id, device, element type, dimensions            elements
//	GET       id                                                                  the elements
//	EXECUTE   id, device or -1, number of devices, of
//	          arguments, of outputs and of those that may
//	          not be donated; then these three lists: ids of
//	          arguments and of outputs, device by device, and
//	          indices of arguments
//	COPY      id, id of the copy, device
//	DROP      id                                                                  there is none
//
// Arrays and programs live in the process, under ids that the plugin chooses. Elements cross the socket straight from and into the
// caller's memory. When the plugin's end of the socket closes, by whatever end of the program, the process ends too.

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include "pjrt_c_api.h"

enum kind { COMPILE = 1, PUT, GET, EXECUTE, COPY, DROP };

// A Python process. Its lock lets one request pass at a time.
typedef struct {
	pthread_mutex_t lock;
	pid_t pid;
	int socket;
	char end[160]; // Why there is no process any more; empty while there is one.
} Server;

// An answer, freed by answer_free.
typedef struct {
	int64_t *words;
	size_t num_words;
	char *bytes; // With a 0 behind them. GET's caller says beforehand where they go and how many they are.
	size_t size;
} Answer;

void answer_free(Answer *answer);

// server_start starts the process and returns its first answer.
PJRT_Error *server_start(Server *server, Answer *answer);

// server_ask sends a request and waits for the answer. The parts' bytes are sent one after the other.
PJRT_Error *server_ask(Server *server, enum kind kind, const int64_t *words, size_t num_words, const struct iovec parts[2], Answer *answer);

// server_drop has the process forget an array or a program.
void server_drop(Server *server, int64_t id);

// server_stop ends the process.
void server_stop(Server *server);

// failure makes an error with a message, in printf's manner.
PJRT_Error *failure(PJRT_Error_Code code, const char *format, ...) __attribute__((format(printf, 2, 3)));

// make is zeroed memory; without memory the program ends.
void *make(size_t size);

struct PJRT_Error {
	PJRT_Error_Code code;
	char *message;
};
