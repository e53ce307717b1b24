# A hook as a shell script: reads the call on stdin, and lets it pass unless it is forbidden. Nothing is started by it.
read -r call
case "$call" in
*'"tool":"forbidden"'*) echo block ;;
*) echo continue ;;
esac
