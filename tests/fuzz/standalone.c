/* SPDX-License-Identifier: ISC */
/*
 * Runs a fuzzer over the files named on the command line, so that a corpus or
 * a finding can be replayed where there is no libFuzzer.
 */
#include "fuzz.h"

static int	run_file(const char *);
static uint8_t	*read_all(FILE *, size_t *);

int
main(int argc, char **argv)
{
	int i, failed = 0;

	for (i = 1; i < argc; i++)
		failed |= run_file(argv[i]);
	return failed;
}

static int
run_file(const char *path)
{
	FILE *file;
	uint8_t *data = NULL;
	size_t size;

	file = fopen(path, "rb");
	if (file != NULL) {
		data = read_all(file, &size);
		fclose(file);
	}
	if (data == NULL) {
		perror(path);
		return 1;
	}
	LLVMFuzzerTestOneInput(data, size);
	free(data);
	return 0;
}

/* The caller frees what this returns: NULL if the file cannot be read. */
static uint8_t *
read_all(FILE *file, size_t *size)
{
	uint8_t *data, *exact;
	long end;

	if (fseek(file, 0, SEEK_END) == -1 || (end = ftell(file)) == -1)
		return NULL;
	rewind(file);
	data = fuzz_alloc((size_t)end);
	*size = fread(data, 1, (size_t)end, file);
	if (ferror(file)) {
		free(data);
		return NULL;
	}
	/* The file may have shrunk: no slack that a sanitizer cannot see. */
	exact = fuzz_copy(data, *size);
	free(data);
	return exact;
}
