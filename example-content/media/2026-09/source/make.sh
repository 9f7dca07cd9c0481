#!/usr/bin/env bash
# Makes the video, its captions' partner files, the slides and the card image of this folder
# from the words below. Needs Debian's ffmpeg, poppler-utils and librsvg2-bin.
#   ./make.sh          make them
#   ./make.sh --check  look at what is there
set -euo pipefail
cd "$(dirname "$0")"
out=..
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export SOURCE_DATE_EPOCH=1788000000

check() {
  read -r codec width height < <(ffprobe -v error -select_streams v -show_entries stream=codec_name,width,height -of csv=p=0 $out/cache-walkthrough.mp4 | tr ',' ' ')
  seconds=$(ffprobe -v error -show_entries format=duration -of csv=p=0 $out/cache-walkthrough.mp4)
  audio=$(ffprobe -v error -select_streams a -show_entries stream=codec_name -of csv=p=0 $out/cache-walkthrough.mp4)
  [ "$codec $width $height $audio" = "h264 640 640 aac" ] || { echo "the video is $codec $width $height $audio"; exit 1; }
  awk -v s="$seconds" 'BEGIN { exit !(s > 3 && s < 20) }' || { echo "the video plays $seconds s"; exit 1; }
  [ "$(stat -c %s $out/cache-walkthrough.mp4)" -ge 76800 ] || { echo "the video is too small for LinkedIn"; exit 1; }
  pages=$(pdfinfo $out/cache-slides.pdf | awk '/^Pages:/ { print $2 }')
  [ "$pages" = 5 ] || { echo "the slides have $pages pages"; exit 1; }
  pdftotext $out/cache-slides.pdf - | grep -q "What a step reads" || { echo "the slides have no text"; exit 1; }
  echo "a video of $seconds s ($codec, $audio, $width × $height), slides of $pages pages"
}
if [ "${1:-}" = --check ]; then check; exit; fi

# slide FILE NUMBER HEADLINE LINE LINE
slide() {
  cat >"$1" <<SVG
<svg xmlns="http://www.w3.org/2000/svg" width="1080" height="1080" viewBox="0 0 1080 1080">
<rect width="1080" height="1080" fill="#0f2a3d"/>
<rect x="80" y="80" width="120" height="12" fill="#f2a541"/>
<g font-family="DejaVu Sans" fill="#ffffff">
<text x="80" y="240" font-size="72" font-weight="bold">$3</text>
<text x="80" y="380" font-size="44">$4</text>
<text x="80" y="450" font-size="44">$5</text>
<text x="80" y="1000" font-size="32" fill="#9fb6c6">Tidewrench · $2</text>
</g>
$(for i in 0 1 2 3 4 5 6 7; do
  height=$((60 + (i * 37 * $2 + 90 * i) % 320))
  printf '<rect x="%d" y="%d" width="90" height="%d" fill="%s"/>\n' $((80 + i * 115)) $((900 - height)) $height "$([ $i -lt $((2 + $2)) ] && echo '#f2a541' || echo '#2d5d7c')"
done)
</svg>
SVG
}

slide "$work/1.svg" 1 "What a step reads" "A build step opens 14 files." "It could open 2,300."
slide "$work/2.svg" 2 "The old key" "It covered everything" "the step could have read."
slide "$work/3.svg" 3 "The new key" "It covers what was opened," "and nothing else."
slide "$work/4.svg" 4 "What changed" "71 % of steps hit before," "88 % after."
slide "$work/5.svg" 5 "What it costs" "One list of opened files" "for every step: 3 KB."
rsvg-convert -f pdf -o $out/cache-slides.pdf "$work"/{1,2,3,4,5}.svg
for n in 1 2 3 4 5; do rsvg-convert -w 640 -h 640 -o "$work/$n.png" "$work/$n.svg"; done
cp "$work/1.png" $out/cache-walkthrough.png
rsvg-convert -w 1200 -h 1200 -o "$work/card.png" "$work/4.svg"
ffmpeg -v error -y -i "$work/card.png" -vf crop=1200:627:0:430 -frames:v 1 $out/mirror-card.png

# Two seconds a slide, drifting a little, with a quiet tone below.
ffmpeg -v error -y -framerate 1/2 -i "$work/%d.png" -f lavfi -i "sine=frequency=110:sample_rate=44100,volume=0.04" \
  -vf "fps=25,scale=720:720,crop=640:640:x='40+40*sin(t/2)':y='40+30*cos(t/3)',format=yuv420p" \
  -c:v libx264 -preset slow -crf 20 -g 50 -c:a aac -b:a 64k -t 10 -movflags +faststart \
  -fflags +bitexact -map_metadata -1 $out/cache-walkthrough.mp4
cat >$out/cache-walkthrough.srt <<'SRT'
1
00:00:00,000 --> 00:00:02,000
A build step opens 14 files. It could open 2,300.

2
00:00:02,000 --> 00:00:06,000
The old cache key covered everything it could have read. The new one covers what it opened.

3
00:00:06,000 --> 00:00:10,000
71 percent of steps were hits before, 88 percent after, for 3 kilobytes a step.
SRT
check
