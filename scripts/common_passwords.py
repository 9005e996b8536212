"""Make app/staff/common_passwords.txt: what people type who do not want to think.

Nothing is copied from a list: the words below are common knowledge (what every yearly report of
bad passwords names, English and Chinese habits), and the rest is combined from them by rule:
walks over the keyboard, repeated digits, years, 520 and 1314, names and words in pinyin. Kept is what
is long enough to be a password, and the words, which passwords.py finds between digits too.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "app" / "staff" / "common_passwords.txt"
SHORTEST = 8
WORD = 5  # letters of a word that is none the better for a tail of digits

WORDS = """
password passwort passw0rd p@ssword p@ssw0rd pa55word pass1234 password1 password12 password123
iloveyou ilovegod ilovehim loveyou lovelove mylove loverboy loveme forever sunshine princess
football baseball basketball softball volleyball hockey soccer superman batman spiderman ironman
pokemon pikachu starwars startrek minecraft nintendo playstation dragon monkey whatever
trustno1 letmein welcome welcome1 computer internet samsung iphone android google facebook twitter
instagram youtube microsoft windows apple michael michelle jennifer jessica jonathan joshua andrew
matthew daniel anthony william ashley amanda samantha stephanie elizabeth victoria alexander
alexandra benjamin christian christopher nicholas nathan brandon charlie chocolate cookie cheese
banana orange butterfly flower rainbow angel angels babygirl babyboy cutie sweetie sweetheart
beautiful handsome summer winter spring autumn monday friday sunday january february december
november october september mustang ferrari porsche mercedes corvette harley yamaha liverpool
chelsea arsenal barcelona realmadrid manchester united chicken peanut ginger pepper buster bailey
maggie hunter ranger killer master shadow phoenix blink182 metallica slipknot nirvana eminem
jordan23 michael1 jordan lakers yankees cowboys steelers eagles blessed jesus jesuschrist heaven
freedom america london newyork paris france germany canada australia diamond silver golden purple
yellow secret admin administrator root rootroot toor guest guest123 user username test tester
testtest testing default changeme changeit letmein1 access access14 login system server oracle
mysql postgres qazwsx qweasd zxcvbn asdfgh qwerty azerty dvorak abcdef abcabc abc123 a1b2c3d4
1q2w3e4r 1qaz2wsx 1q2w3e4r5t q1w2e3r4 qazwsxedc zaq12wsx xsw23edc 1qazxsw2 zaq1zaq1 asdfasdf
asdf1234 qwer1234 zxcv1234 zxcvbnm1 qwertyui qwertyuiop asdfghjk asdfghjkl zxcvbnm qwerasdf
hello hellohello hello123 whatever1 nothing nopassword mypassword password! internet1 computer1
woaini woaini1314 woaini520 woaini521 woaiwojia woaiziji woshishui woshiren woshinibaba
aini1314 aini520 iloveu ilovechina zhongguo zhonghua beijing shanghai guangzhou shenzhen hangzhou
chengdu chongqing tianjin wuhan nanjing suzhou xian dongguan qingdao dalian xiamen fuzhou changsha
zhengzhou jinan hefei kunming taiyuan guiyang nanning haikou hongkong macau taiwan
nihao nihaoma nihao123 zaijian xiexie mima mimamima mima1234 mima123456 wodemima wangjile
caonima caonima123 nimade buzhidao haohao haoxue xuexi shengri kuaile shengrikuaile xinnian
gongxi facai gongxifacai zhufu jiankang pingan yilupingan xingfu meili shuaige meinv laopo laogong
baobei baobao xiaobao xiaoxiao mingming lingling tiantian pangpang maomao gougou xiaomao xiaogou
tianshi emo longlong feifei yangyang jiajia xinxin weiwei tingting nana lili honghong lanlan
weixin wechat qq123456 tencent taobao alipay zhifubao baidu sina weibo douyin jingdong pinduoduo
meituan huawei xiaomi oppo vivo honor shuke shukecrm kehu guke huiyuan dianzhang dianyuan laoban
shangdian xiaodian chaoshi lingshou yewu xiaoshou guanli guanliyuan yuangong ceshi ceshi123
wangwei wangfang wangli wangjing wangqiang wanglei wangjun wangyang wangyong wangyan wangjie
zhangwei zhangmin zhangjing zhangli zhangyong zhangjie zhanglei zhangyang zhangqiang zhangtao
liwei liming lijie lijing lina lili liqiang lijun liyang liyong liuwei liufang liuyang liujing
liuyan liumin liuqiang chenwei chenjing chenjie chenhao chenchen yangyang yangfan yangguang
zhaowei huanghua zhouwei zhoujie wuwei wujing xuwei sunwei huwei zhuwei gaowei linlin heyong
123qweasd qweasd123 1234qwer qweasdzxc 12345678910 qwe123456 asd123456 zxc123456 12341234 123456abc 123456aa
123456qq 123456789a 123456789q 1234567890a a123456789 0123456789 9876543210 5845201314 guowei mali luowei liangwei songwei zhengwei xiewei hanmei tangwei fengwei dengwei caowei
"""
NAMES = """
wang li zhang liu chen yang zhao huang zhou wu xu sun hu zhu gao lin he guo ma luo liang song zheng
xie han tang feng yu dong xiao cheng cao yuan deng fu shen zeng peng lv su lu jiang cai jia ding wei
xue ye yan pan du dai xia zhong tian ren fan fang shi yao tan liao zou xiong jin hao kong bai cui
kang mao qiu qin gu hou shao meng long wan duan lei qian yin yi chang qiao lai gong wen
"""
TAILS = """
1 12 123 1234 12345 123456 1234567 12345678 123456789 321 4321 54321 654321 520 521 1314 5201314
5211314 1314520 1314521 000 111 222 333 555 666 777 888 999 0000 1111 2222 6666 7777 8888 9999
66666 88888 666666 888888 168 518 618 886 007 110 112233 123123 123321 2008 2012 2015 2018 2019
2020 2021 2022 2023 2024 2025 2026 2027 1980 1985 1986 1987 1988 1989 1990 1991 1992 1993 1994
1995 1996 1997 1998 1999 2000 2001 abc aaa qwe asd zxc ! !! !@# @123 @1234 @2020 @2023 @2024 @2025
@2026 #123 _123 .123 xyz
"""
STARTS = ["a", "aa", "aaa", "abc", "abcd", "q", "qq", "qwe", "qaz", "asd", "zxc", "z", "zz", "x",
          "w", "ww", "www", "s", "p", "pp", "l", "ll", "t", "tt", "m", "mm", "love", "aini", "ai",
          "woaini", "wo", "ni", "hao", "admin", "root", "user", "test", "pass", "mima", "weixin",
          "shuke", "vip", "boss", "shop", "king", "super", "cool", "happy", "lucky", "baby"]  # fmt: skip
ROWS = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "0987654321", "poiuytrewq",
        "lkjhgfdsa", "mnbvcxz", "abcdefghijklmnopqrstuvwxyz", "zyxwvutsrqponmlkjihgfedcba",
        "!@#$%^&*()", "147258369", "159357456", "741852963", "789456123", "963852741"]  # fmt: skip
COLUMNS = ["1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik,", "9ol.", "0p;/",
           "zaq1", "xsw2", "cde3", "vfr4", "bgt5", "nhy6", "mju7"]  # fmt: skip
NUMBERS = ["520", "521", "1314", "5201314", "5211314", "1314520", "1314521", "168", "518", "888",
           "666", "999", "123", "321", "456", "789", "147", "258", "369", "110", "119", "120",
           "10086", "10010", "10000", "95588", "7758", "7758521", "7758258", "3344", "3344520",
           "3344521", "9420", "201314", "8023", "584520", "584521", "1573", "5418", "9958"]  # fmt: skip


def main() -> None:
    found = {one for one in everything() if SHORTEST <= len(one) <= 20}
    found |= {word for word in WORDS.split() if len(word) >= WORD}
    FILE.write_text("\n".join(sorted(found)) + "\n", encoding="utf-8")


def everything() -> Iterator[str]:
    words, names, tails = WORDS.split(), NAMES.split(), TAILS.split()
    yield from words
    yield from (word + word for word in words)
    yield from (word + tail for word in words[:150] for tail in tails[:24])
    yield from (start + tail for start, tail in product(STARTS, tails))
    yield from (tail + start for start, tail in product(STARTS[:12], tails) if tail.isdigit())
    yield from (name + tail for name, tail in product(names, ("123456", "520520", "5201314")))
    yield from (row[at : at + size] for row in ROWS for size in range(8, 13) for at in range(5))
    yield from (digit * size for digit in "0123456789abcdqwxz" for size in range(8, 13))
    yield from ("".join(pair) for pair in product(COLUMNS, COLUMNS))
    yield from (a + b for a, b in product(NUMBERS, NUMBERS))
    yield from (a * n for a in NUMBERS for n in (2, 3, 4))
    yield from (a * 4 + b * 4 for a, b in product("0123456789", "0123456789"))
    yield from ((a + b) * 4 for a, b in product("0123456789", "0123456789"))
    steps = ["1234567890"[at : at + 4] for at in range(7)]
    yield from ("".join(digit * 2 for digit in step) for step in steps)


if __name__ == "__main__":
    main()
