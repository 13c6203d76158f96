// A PJRT plugin for XLA's CPU compiler, which is to be had only inside the Python package jaxlib: each client starts a Python process that
// compiles and runs the programs (cpu.py), and this library passes on what the PJRT C interface is asked. It serves the functions that
// go-xla calls; the others answer that they are not implemented. wire.h says what passes between the two.
//
//	Go program -- go-xla -- PJRT C interface -- plugin.c, wire.c == sockets == cpu.py -- jaxlib: XLA
//
// The arrays stay in the process: only transfers from and to the host cross the sockets. Every call returns when its work is done, so the
// events of the interface are over when they are handed out. Calls may come from any thread; a client serves them one at a time.
//
// The library looks for its parts beside itself, where kernels/setup-xla puts them: venv/bin/python with jaxlib, and the script of
// its own name, cpu.py for pjrt_cpu.so. As pjrt_cuda.so it is a plugin for XLA's CUDA compiler where there is no GPU: see cuda.py.

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire.h"

struct PJRT_DeviceDescription {
	char text[96];
};

struct PJRT_Device {
	int id; // Its index among the client's devices.
	PJRT_DeviceDescription description;
};

// A client lives as long as anything of it does: go-xla may destroy a client before the programs that it compiled.
struct PJRT_Client {
	Server server;
	atomic_int references;
	atomic_llong last_id;
	char *version;
	size_t num_devices;
	PJRT_Device *devices, **device_list;
};

typedef struct {
	PJRT_Buffer_Type type;
	size_t num_dims;
	const int64_t *dims;
} Shape;

struct PJRT_Buffer {
	PJRT_Client *client;
	PJRT_Device *device;
	int64_t id;
	Shape shape;
	int64_t dims[];
};

enum { NUM_STATISTICS = 10 };

// What is known of a program. It outlives the program itself where somebody still asks.
struct PJRT_Executable {
	atomic_int references;
	Answer answer; // The server's answer, of which these are parts.
	const int64_t *statistics, *devices;
	size_t num_devices, num_outputs;
	Shape outputs[];
};

struct PJRT_LoadedExecutable {
	PJRT_Client *client;
	int64_t id;
	PJRT_Executable *executable;
};

struct PJRT_Event {
	char unused;
};

static PJRT_Event done; // The one event there is: every call waits for its work.

// Errors, events, the plugin.

static void error_destroy(PJRT_Error_Destroy_Args *args) {
	if (!args->error) return;
	free(args->error->message);
	free(args->error);
}

static void error_message(PJRT_Error_Message_Args *args) {
	args->message = args->error->message ? args->error->message : "out of memory";
	args->message_size = strlen(args->message);
}

static PJRT_Error *error_get_code(PJRT_Error_GetCode_Args *args) {
	args->code = args->error->code;
	return NULL;
}

static PJRT_Error *event_destroy(PJRT_Event_Destroy_Args *args) {
	(void)args;
	return NULL;
}

static PJRT_Error *event_await(PJRT_Event_Await_Args *args) {
	(void)args;
	return NULL;
}

static PJRT_Error *plugin_initialize(PJRT_Plugin_Initialize_Args *args) {
	(void)args;
	return NULL;
}

static PJRT_Error *plugin_attributes(PJRT_Plugin_Attributes_Args *args) {
	args->attributes = NULL;
	args->num_attributes = 0;
	return NULL;
}

// Clients and devices.

static PJRT_Client *client_hold(PJRT_Client *client) {
	atomic_fetch_add(&client->references, 1);
	return client;
}

static void client_release(PJRT_Client *client) {
	if (atomic_fetch_sub(&client->references, 1) > 1) return;
	free(client->version);
	free(client->devices);
	free(client->device_list);
	free(client);
}

static int64_t new_id(PJRT_Client *client) { return atomic_fetch_add(&client->last_id, 1) + 1; }

static PJRT_Error *client_create(PJRT_Client_Create_Args *args) {
	for (size_t i = 0; i < args->num_options; i++) {
		const PJRT_NamedValue *option = &args->create_options[i];
		// go-xla says whether to preallocate memory to whatever has CUDA in its name.
		if (option->name_size != strlen("preallocate") || memcmp(option->name, "preallocate", option->name_size) != 0)
			return failure(PJRT_Error_Code_INVALID_ARGUMENT, "XLA has no option %.*s here", (int)option->name_size, option->name);
	}
	PJRT_Client *client = client_hold(make(sizeof *client));
	Answer answer = {0};
	PJRT_Error *error = server_start(&client->server, &answer);
	if (error) {
		client_release(client);
		return error;
	}
	client->version = answer.bytes;
	client->num_devices = answer.words[0];
	free(answer.words);
	client->devices = make(client->num_devices * sizeof *client->devices);
	client->device_list = make(client->num_devices * sizeof *client->device_list);
	for (size_t i = 0; i < client->num_devices; i++) {
		PJRT_Device *device = client->device_list[i] = &client->devices[i];
		device->id = i;
		snprintf(device->description.text, sizeof device->description.text, "%s %zu of %zu", client->version, i + 1, client->num_devices);
	}
	args->client = client;
	return NULL;
}

static PJRT_Error *client_destroy(PJRT_Client_Destroy_Args *args) {
	server_stop(&args->client->server);
	client_release(args->client);
	return NULL;
}

static PJRT_Error *client_platform_name(PJRT_Client_PlatformName_Args *args) {
	args->platform_name = "cpu";
	args->platform_name_size = strlen(args->platform_name);
	return NULL;
}

static PJRT_Error *client_platform_version(PJRT_Client_PlatformVersion_Args *args) {
	args->platform_version = args->client->version;
	args->platform_version_size = strlen(args->platform_version);
	return NULL;
}

static PJRT_Error *client_process_index(PJRT_Client_ProcessIndex_Args *args) {
	args->process_index = 0;
	return NULL;
}

static PJRT_Error *client_devices(PJRT_Client_Devices_Args *args) {
	args->devices = args->client->device_list;
	args->num_devices = args->client->num_devices;
	return NULL;
}

static PJRT_Error *client_addressable_devices(PJRT_Client_AddressableDevices_Args *args) {
	args->addressable_devices = args->client->device_list;
	args->num_addressable_devices = args->client->num_devices;
	return NULL;
}

static PJRT_Error *client_default_device_assignment(PJRT_Client_DefaultDeviceAssignment_Args *args) {
	int count = args->num_replicas * args->num_partitions;
	if (count < 0 || (size_t)count > args->client->num_devices || (size_t)count > args->default_assignment_size)
		return failure(PJRT_Error_Code_INVALID_ARGUMENT,
			"%d replicas of %d partitions on %zu devices; XLA_FLAGS=--xla_force_host_platform_device_count=N makes N of a CPU",
			args->num_replicas, args->num_partitions, args->client->num_devices);
	for (int i = 0; i < count; i++) args->default_assignment[i] = i;
	return NULL;
}

static PJRT_Error *device_get_description(PJRT_Device_GetDescription_Args *args) {
	args->device_description = &args->device->description;
	return NULL;
}

static PJRT_Error *device_is_addressable(PJRT_Device_IsAddressable_Args *args) {
	args->is_addressable = true;
	return NULL;
}

static PJRT_Error *device_local_hardware_id(PJRT_Device_LocalHardwareId_Args *args) {
	args->local_hardware_id = args->device->id;
	return NULL;
}

static PJRT_Error *device_description_process_index(PJRT_DeviceDescription_ProcessIndex_Args *args) {
	args->process_index = 0;
	return NULL;
}

static PJRT_Error *device_description_debug_string(PJRT_DeviceDescription_DebugString_Args *args) {
	args->debug_string = args->device_description->text;
	args->debug_string_size = strlen(args->debug_string);
	return NULL;
}

// Buffers.

// element_size is the size of an element in bytes, 0 for types that the server doesn't know either.
static size_t element_size(PJRT_Buffer_Type type) {
	static const unsigned char sizes[] = {
		[PJRT_Buffer_Type_PRED] = 1, [PJRT_Buffer_Type_S8] = 1, [PJRT_Buffer_Type_S16] = 2, [PJRT_Buffer_Type_S32] = 4,
		[PJRT_Buffer_Type_S64] = 8, [PJRT_Buffer_Type_U8] = 1, [PJRT_Buffer_Type_U16] = 2, [PJRT_Buffer_Type_U32] = 4,
		[PJRT_Buffer_Type_U64] = 8, [PJRT_Buffer_Type_F16] = 2, [PJRT_Buffer_Type_F32] = 4, [PJRT_Buffer_Type_F64] = 8,
		[PJRT_Buffer_Type_BF16] = 2, [PJRT_Buffer_Type_C64] = 8, [PJRT_Buffer_Type_C128] = 16,
	};
	return type < sizeof sizes ? sizes[type] : 0;
}

static size_t size_of(Shape shape) {
	size_t size = element_size(shape.type);
	for (size_t i = 0; i < shape.num_dims; i++) size *= shape.dims[i];
	return size;
}

static PJRT_Buffer *buffer_make(PJRT_Client *client, PJRT_Device *device, int64_t id, Shape shape) {
	PJRT_Buffer *buffer = make(sizeof *buffer + shape.num_dims * sizeof *shape.dims);
	*buffer = (PJRT_Buffer){client_hold(client), device, id, shape};
	if (shape.num_dims > 0) memcpy(buffer->dims, shape.dims, shape.num_dims * sizeof *shape.dims);
	buffer->shape.dims = buffer->dims;
	return buffer;
}

static PJRT_Error *client_buffer_from_host_buffer(PJRT_Client_BufferFromHostBuffer_Args *args) {
	Shape shape = {args->type, args->num_dims, args->dims};
	if (element_size(args->type) == 0)
		return failure(PJRT_Error_Code_UNIMPLEMENTED, "arrays of PJRT's element type %d", (int)args->type);
	if (args->num_byte_strides > 0 || args->device_layout || args->memory)
		return failure(PJRT_Error_Code_UNIMPLEMENTED, "arrays that are not dense and row by row, or not in a device's own memory");
	int64_t id = new_id(args->client);
	size_t num_words = 3 + shape.num_dims;
	int64_t *words = make(num_words * sizeof *words);
	words[0] = id;
	words[1] = args->device->id;
	words[2] = shape.type;
	for (size_t i = 0; i < shape.num_dims; i++) words[3 + i] = shape.dims[i];
	struct iovec parts[2] = {{(void *)args->data, size_of(shape)}};
	Answer answer = {0};
	PJRT_Error *error = server_ask(&args->client->server, PUT, words, num_words, parts, &answer);
	free(words);
	if (error) return error;
	answer_free(&answer);
	args->buffer = buffer_make(args->client, args->device, id, shape);
	args->done_with_host_buffer = &done;
	return NULL;
}

// row_by_row tells whether a layout is the one in which the server sends arrays.
static bool row_by_row(const PJRT_Buffer_MemoryLayout *layout) {
	if (!layout) return true;
	if (layout->type != PJRT_Buffer_MemoryLayout_Type_Tiled || layout->tiled.num_tiles > 0) return false;
	size_t count = layout->tiled.minor_to_major_size;
	for (size_t i = 0; i < count; i++) {
		if (layout->tiled.minor_to_major[i] != (int64_t)(count - 1 - i)) return false;
	}
	return true;
}

static PJRT_Error *buffer_to_host_buffer(PJRT_Buffer_ToHostBuffer_Args *args) {
	size_t size = size_of(args->src->shape);
	if (!args->dst) {
		args->dst_size = size;
		return NULL;
	}
	if (args->dst_size < size)
		return failure(PJRT_Error_Code_INVALID_ARGUMENT, "an array of %zu bytes doesn't fit into %zu", size, args->dst_size);
	if (!row_by_row(args->host_layout)) return failure(PJRT_Error_Code_UNIMPLEMENTED, "a host layout that is not row by row");
	Answer answer = {.bytes = args->dst, .size = size};
	PJRT_Error *error = server_ask(&args->src->client->server, GET, &args->src->id, 1, NULL, &answer);
	if (error) return error;
	free(answer.words);
	args->event = &done;
	return NULL;
}

static PJRT_Error *buffer_copy_to_device(PJRT_Buffer_CopyToDevice_Args *args) {
	PJRT_Client *client = args->buffer->client;
	int64_t words[] = {args->buffer->id, new_id(client), args->dst_device->id};
	Answer answer = {0};
	PJRT_Error *error = server_ask(&client->server, COPY, words, 3, NULL, &answer);
	if (error) return error;
	answer_free(&answer);
	args->dst_buffer = buffer_make(client, args->dst_device, words[1], args->buffer->shape);
	return NULL;
}

static PJRT_Error *buffer_destroy(PJRT_Buffer_Destroy_Args *args) {
	server_drop(&args->buffer->client->server, args->buffer->id);
	client_release(args->buffer->client);
	free(args->buffer);
	return NULL;
}

static PJRT_Error *buffer_dimensions(PJRT_Buffer_Dimensions_Args *args) {
	args->dims = args->buffer->dims;
	args->num_dims = args->buffer->shape.num_dims;
	return NULL;
}

static PJRT_Error *buffer_element_type(PJRT_Buffer_ElementType_Args *args) {
	args->type = args->buffer->shape.type;
	return NULL;
}

static PJRT_Error *buffer_device(PJRT_Buffer_Device_Args *args) {
	args->device = args->buffer->device;
	return NULL;
}

// Programs.

// program_read takes apart what the server says of a program: the statistics; the number of devices and these; the number of outputs and
// of each its element type, number of dimensions and these. The name is the answer's bytes.
static PJRT_Executable *program_read(Answer answer) {
	const int64_t *statistics = answer.words, *devices = statistics + NUM_STATISTICS + 1;
	size_t num_devices = devices[-1];
	const int64_t *word = devices + num_devices;
	size_t num_outputs = *word++;
	PJRT_Executable *executable = make(sizeof *executable + num_outputs * sizeof *executable->outputs);
	*executable = (PJRT_Executable){1, answer, statistics, devices, num_devices, num_outputs};
	for (size_t i = 0; i < num_outputs; i++) {
		Shape shape = {word[0], word[1], word + 2};
		executable->outputs[i] = shape;
		word += 2 + shape.num_dims;
	}
	return executable;
}

static PJRT_Error *client_compile(PJRT_Client_Compile_Args *args) {
	const PJRT_Program *program = args->program;
	if (program->format_size != 4 || memcmp(program->format, "mlir", 4) != 0)
		return failure(PJRT_Error_Code_UNIMPLEMENTED, "programs in the format %.*s; only mlir is served", (int)program->format_size,
			program->format);
	int64_t words[] = {new_id(args->client), args->compile_options_size};
	struct iovec parts[2] = {{(void *)args->compile_options, args->compile_options_size}, {program->code, program->code_size}};
	Answer answer = {0};
	PJRT_Error *error = server_ask(&args->client->server, COMPILE, words, 2, parts, &answer);
	if (error) return error;
	args->executable = make(sizeof *args->executable);
	*args->executable = (PJRT_LoadedExecutable){client_hold(args->client), words[0], program_read(answer)};
	return NULL;
}

static void executable_release(PJRT_Executable *executable) {
	if (atomic_fetch_sub(&executable->references, 1) > 1) return;
	answer_free(&executable->answer);
	free(executable);
}

static PJRT_Error *executable_destroy(PJRT_Executable_Destroy_Args *args) {
	executable_release(args->executable);
	return NULL;
}

static PJRT_Error *executable_name(PJRT_Executable_Name_Args *args) {
	args->executable_name = args->executable->answer.bytes;
	args->executable_name_size = args->executable->answer.size;
	return NULL;
}

static PJRT_Error *executable_num_outputs(PJRT_Executable_NumOutputs_Args *args) {
	args->num_outputs = args->executable->num_outputs;
	return NULL;
}

static PJRT_Error *executable_get_compiled_memory_stats(PJRT_Executable_GetCompiledMemoryStats_Args *args) {
	// The server sends them in the order that they have here.
	memcpy(&args->generated_code_size_in_bytes, args->executable->statistics, NUM_STATISTICS * sizeof(int64_t));
	return NULL;
}

static PJRT_Error *loaded_executable_destroy(PJRT_LoadedExecutable_Destroy_Args *args) {
	server_drop(&args->executable->client->server, args->executable->id);
	client_release(args->executable->client);
	executable_release(args->executable->executable);
	free(args->executable);
	return NULL;
}

static PJRT_Error *loaded_executable_get_executable(PJRT_LoadedExecutable_GetExecutable_Args *args) {
	args->executable = args->loaded_executable->executable;
	atomic_fetch_add(&args->executable->references, 1);
	return NULL;
}

static PJRT_Error *loaded_executable_execute(PJRT_LoadedExecutable_Execute_Args *args) {
	PJRT_Client *client = args->executable->client;
	PJRT_Executable *executable = args->executable->executable;
	size_t num_args = args->num_args, num_outputs = executable->num_outputs, num_kept = args->options->num_non_donatable_input_indices;
	if (args->num_devices != executable->num_devices)
		return failure(PJRT_Error_Code_INVALID_ARGUMENT, "a program for %zu devices was called with arguments for %zu",
			executable->num_devices, args->num_devices);

	size_t num_words = 6 + args->num_devices * (num_args + num_outputs) + num_kept;
	int64_t *words = make(num_words * sizeof *words), *word = words;
	*word++ = args->executable->id;
	*word++ = args->execute_device ? args->execute_device->id : -1;
	*word++ = args->num_devices;
	*word++ = num_args;
	*word++ = num_outputs;
	*word++ = num_kept;
	for (size_t d = 0; d < args->num_devices; d++) {
		for (size_t i = 0; i < num_args; i++) {
			if (!args->argument_lists[d][i]) {
				free(words);
				return failure(PJRT_Error_Code_INVALID_ARGUMENT, "argument %zu was destroyed or donated before", i);
			}
			*word++ = args->argument_lists[d][i]->id;
		}
	}
	int64_t *outputs = word;
	for (size_t i = 0; i < args->num_devices * num_outputs; i++) *word++ = new_id(client);
	for (size_t i = 0; i < num_kept; i++) *word++ = args->options->non_donatable_input_indices[i];

	Answer answer = {0};
	PJRT_Error *error = server_ask(&client->server, EXECUTE, words, num_words, NULL, &answer);
	if (!error) {
		answer_free(&answer);
		for (size_t d = 0; d < args->num_devices; d++) {
			PJRT_Device *device = args->execute_device ? args->execute_device : &client->devices[executable->devices[d]];
			for (size_t i = 0; i < num_outputs; i++)
				args->output_lists[d][i] = buffer_make(client, device, outputs[d * num_outputs + i], executable->outputs[i]);
			if (args->device_complete_events) args->device_complete_events[d] = &done;
		}
	}
	free(words);
	return error;
}

// The table.

static PJRT_Error *unimplemented(void *args) {
	(void)args;
	return failure(PJRT_Error_Code_UNIMPLEMENTED, "the function is not among those that this plugin serves");
}

static PJRT_Api api = {
	.struct_size = PJRT_Api_STRUCT_SIZE,
	.pjrt_api_version = {.struct_size = PJRT_Api_Version_STRUCT_SIZE, .major_version = PJRT_API_MAJOR, .minor_version = PJRT_API_MINOR},
	.PJRT_Error_Destroy = error_destroy,
	.PJRT_Error_Message = error_message,
	.PJRT_Error_GetCode = error_get_code,
	.PJRT_Plugin_Initialize = plugin_initialize,
	.PJRT_Plugin_Attributes = plugin_attributes,
	.PJRT_Event_Destroy = event_destroy,
	.PJRT_Event_Await = event_await,
	.PJRT_Client_Create = client_create,
	.PJRT_Client_Destroy = client_destroy,
	.PJRT_Client_PlatformName = client_platform_name,
	.PJRT_Client_ProcessIndex = client_process_index,
	.PJRT_Client_PlatformVersion = client_platform_version,
	.PJRT_Client_Devices = client_devices,
	.PJRT_Client_AddressableDevices = client_addressable_devices,
	.PJRT_Client_DefaultDeviceAssignment = client_default_device_assignment,
	.PJRT_Client_Compile = client_compile,
	.PJRT_Client_BufferFromHostBuffer = client_buffer_from_host_buffer,
	.PJRT_Device_GetDescription = device_get_description,
	.PJRT_Device_IsAddressable = device_is_addressable,
	.PJRT_Device_LocalHardwareId = device_local_hardware_id,
	.PJRT_DeviceDescription_ProcessIndex = device_description_process_index,
	.PJRT_DeviceDescription_DebugString = device_description_debug_string,
	.PJRT_Executable_Destroy = executable_destroy,
	.PJRT_Executable_Name = executable_name,
	.PJRT_Executable_NumOutputs = executable_num_outputs,
	.PJRT_Executable_GetCompiledMemoryStats = executable_get_compiled_memory_stats,
	.PJRT_LoadedExecutable_Destroy = loaded_executable_destroy,
	.PJRT_LoadedExecutable_GetExecutable = loaded_executable_get_executable,
	.PJRT_LoadedExecutable_Execute = loaded_executable_execute,
	.PJRT_Buffer_Destroy = buffer_destroy,
	.PJRT_Buffer_Dimensions = buffer_dimensions,
	.PJRT_Buffer_ElementType = buffer_element_type,
	.PJRT_Buffer_Device = buffer_device,
	.PJRT_Buffer_ToHostBuffer = buffer_to_host_buffer,
	.PJRT_Buffer_CopyToDevice = buffer_copy_to_device,
};

// go-xla calls what it likes without looking whether it is there.
__attribute__((constructor)) static void fill_the_gaps(void) {
	typedef PJRT_Error *Function(void *);
	for (Function **slot = (Function **)&api.PJRT_Error_Destroy; slot < (Function **)(&api + 1); slot++) {
		if (!*slot) *slot = unimplemented;
	}
}

__attribute__((visibility("default"))) const PJRT_Api *GetPjrtApi(void) { return &api; }
