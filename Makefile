.PHONY: build client run test lint fuzz clean

build:
	scripts/build.sh

client:
	scripts/client.sh

run: build
	bin/ioserver --workers 8 --demo --balance round-robin

test:
	scripts/test.sh

lint:
	scripts/lint.sh

fuzz:
	scripts/fuzz.sh 60s

clean:
	rm -rf bin e2e/node_modules worker/bundle/files/dist
