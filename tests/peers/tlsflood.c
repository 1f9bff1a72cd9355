/* SPDX-License-Identifier: ISC */
/*
 * A TLS peer that sends records without data.
 *
 * usage: tlsflood connect PORT WHAT COUNT
 *        tlsflood listen CERT WHAT COUNT
 *
 * WHAT is keyupdate or ticket (of a listener, TLS 1.3); COUNT of them go after
 * the handshake, then `after' and the end.  `listen' takes the certificate and
 * the key from the file CERT, binds a port of 127.0.0.1 that the kernel
 * chooses, and prints it.  Prints `standing' after the handshake, and at the
 * end `all' or, when the other side ended it, `cut after N'.
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

static void
fail(const char *what)
{
	perror(what);
	exit(1);
}

static int
flood_connect(int port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_port = htons((unsigned short)port),
	    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (connect(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1)
		fail("connect");
	return fd;
}

static int
flood_accept(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET,
	    .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t len = sizeof(sin);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (bind(fd, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(fd, 1) == -1 ||
	    getsockname(fd, (struct sockaddr *)&sin, &len) == -1)
		fail("listen");
	printf("%d\n", ntohs(sin.sin_port));
	fflush(stdout);
	return accept(fd, NULL, NULL);
}

static SSL *
flood_handshake(int server, const char *where)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());
	SSL *ssl;
	int fd;

	if (server && (SSL_CTX_use_certificate_chain_file(ctx, where) != 1 ||
	    SSL_CTX_use_PrivateKey_file(ctx, where, SSL_FILETYPE_PEM) != 1))
		fail(where);
	ssl = SSL_new(ctx);
	fd = server ? flood_accept() : flood_connect(atoi(where));
	SSL_set_fd(ssl, fd);
	if ((server ? SSL_accept(ssl) : SSL_connect(ssl)) != 1)
		fail("handshake");
	puts("standing");
	fflush(stdout);
	return ssl;
}

static int
flood_once(SSL *ssl, int ticket)
{
	if (ticket)
		return SSL_new_session_ticket(ssl) == 1 &&
		    SSL_do_handshake(ssl) == 1;
	return SSL_key_update(ssl, SSL_KEY_UPDATE_NOT_REQUESTED) == 1 &&
	    SSL_do_handshake(ssl) == 1;
}

int
main(int argc, char **argv)
{
	SSL *ssl;
	long count, done;

	if (argc != 5)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	count = atol(argv[4]);
	ssl = flood_handshake(strcmp(argv[1], "listen") == 0, argv[2]);
	for (done = 0; done < count; done++) {
		if (!flood_once(ssl, strcmp(argv[3], "ticket") == 0))
			break;
	}
	if (done == count && SSL_write(ssl, "after\n", 6) == 6) {
		SSL_shutdown(ssl);
		puts("all");
	} else {
		printf("cut after %ld\n", done);
	}
	return 0;
}
