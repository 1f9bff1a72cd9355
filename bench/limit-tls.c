/* SPDX-License-Identifier: ISC */
/*
 * The limit of TLS: nothing but SSL_write(3) and SSL_read(3) of 16 KiB, on a
 * socket that blocks; and clients that do no more than the handshake.
 *
 * usage: limit-tls send HOST PORT		standard input to the network
 *	  limit-tls receive READY_FD CERT	the network to standard output
 *	  limit-tls shake HOST PORT COUNT AT_ONCE
 *						prints the seconds it took
 * CERT is a PEM file with a key and its certificate.
 */
#include <err.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "common.h"

#define BLOCK		16384
#define THREADS_MOST	64

struct shaker {
	pthread_t	 thread;
	SSL_CTX		*ctx;
	const char	*host, *port;
	long		 count;
};

static SSL *
client(SSL_CTX *ctx, int net)
{
	SSL *ssl = SSL_new(ctx);

	if (ssl == NULL || SSL_set_fd(ssl, net) != 1 || SSL_connect(ssl) != 1)
		errx(1, "the handshake failed");
	return ssl;
}

static void
send_all(SSL *ssl)
{
	static char block[BLOCK];
	ssize_t n;

	while ((n = read(STDIN_FILENO, block, sizeof(block))) > 0) {
		if (SSL_write(ssl, block, (int)n) != n)
			errx(1, "SSL_write");
	}
	SSL_shutdown(ssl);
}

static void
receive_all(int net, const char *cert)
{
	static char block[BLOCK];
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
	SSL *ssl;
	int n;

	/* Left unread, they would turn the end into a reset. */
	SSL_CTX_set_num_tickets(ctx, 0);
	if (SSL_CTX_use_certificate_chain_file(ctx, cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, cert, SSL_FILETYPE_PEM) != 1)
		errx(1, "%s", cert);
	ssl = SSL_new(ctx);
	if (ssl == NULL || SSL_set_fd(ssl, net) != 1 || SSL_accept(ssl) != 1)
		errx(1, "the handshake failed");
	while ((n = SSL_read(ssl, block, sizeof(block))) > 0)
		common_write(STDOUT_FILENO, block, (size_t)n);
	if (SSL_get_error(ssl, n) != SSL_ERROR_ZERO_RETURN)
		errx(1, "SSL_read");
}

static void *
shake(void *arg)
{
	const struct shaker *s = arg;

	for (long i = 0; i < s->count; i++) {
		int net = common_connect(SOCK_STREAM, s->host, s->port);
		SSL *ssl = client(s->ctx, net);

		SSL_shutdown(ssl);
		SSL_free(ssl);
		close(net);
	}
	return NULL;
}

static void
shake_all(SSL_CTX *ctx, char **argv)
{
	static struct shaker shaker[THREADS_MOST];
	long at_once = common_number(argv[5], 1, THREADS_MOST, "threads");
	long count = common_number(argv[4], 1, 1000000, "count");
	int64_t begun = common_now();

	for (long i = 0; i < at_once; i++) {
		shaker[i] = (struct shaker){ .ctx = ctx, .host = argv[2],
		    .port = argv[3], .count = count / at_once };
		if (pthread_create(&shaker[i].thread, NULL, shake,
		    &shaker[i]) != 0)
			errx(1, "pthread_create");
	}
	for (long i = 0; i < at_once; i++)
		pthread_join(shaker[i].thread, NULL);
	printf("%.6f\n", (double)(common_now() - begun) / 1e9);
}

int
main(int argc, char **argv)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (argc == 4 && strcmp(argv[1], "send") == 0)
		send_all(client(ctx, common_connect(SOCK_STREAM, argv[2],
		    argv[3])));
	else if (argc == 4 && strcmp(argv[1], "receive") == 0)
		receive_all(common_accept((int)common_number(argv[2], 0, 1023,
		    "descriptor")), argv[3]);
	else if (argc == 6 && strcmp(argv[1], "shake") == 0)
		shake_all(ctx, argv);
	else
		errx(1, "see the comment in limit-tls.c");
	return 0;
}
