# Names for the steps in .ci/run, which says what they do and needs no make.
.PHONY: demo test setup check torture soak

demo:   ; @.ci/run demo
test:   ; @.ci/run test
setup:  ; @.ci/run setup
check:  ; @.ci/run all
torture: ; @.ci/run torture  # KILLS=1000 ALERTS=2000 WORLDS=3 EXAMPLES=1000
soak:   ; @.ci/run soak     # MINUTES=60 FEEDS=1000
