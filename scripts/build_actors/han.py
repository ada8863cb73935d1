"""Traditional Chinese forms of the simplified characters our sources use."""

from __future__ import annotations

# One form per character: the one that names use (里, 范, 后 and the like stay as they are).
_SIMPLIFIED = (
    "与专业东为丽义乌乐乔习书争亚产仪众伟传伦体侠侦储儿兑党兰关兴军农冈冯凤凯击划刘刚"
    "创别剑办务动励劳势勋区医华协卢卫厂厅参发叶吕吴员团国图圣场坚坛执抟声处奥娅学宁宾"
    "对导尔属岛币帅库应庞开张弹强彻忧怀态总恒战扩扬护报择无时显晋晓机权条来杨杰极构楼"
    "欧汉沪泽洁济涛温湾爱独玛环现电监盖砖礼祷积称稳类红约级纪纬纯纳纽线组织绍经结络统"
    "维绿缅网罗联聪胁胜脸腾舰节苏荣莱莹营萧萨蒋袭装观规视计训议讯记论设访试诚话诺调谈"
    "谋谢谭贝贤货贩贸费贺贾资赖赛赵车软辆辉输边达迈运进远连选逊郑钊钟钢钦铁银链锋锡锦"
    "长门问闻队阳阵际陆陈难韦韩顾顿领题颜风马驻骑鲁鲍鲜鸿麦黄齐龙会万临术气让庆内粮盐"
)
_TRADITIONAL = (
    "與專業東為麗義烏樂喬習書爭亞產儀眾偉傳倫體俠偵儲兒兌黨蘭關興軍農岡馮鳳凱擊劃劉剛"
    "創別劍辦務動勵勞勢勳區醫華協盧衛廠廳參發葉呂吳員團國圖聖場堅壇執摶聲處奧婭學寧賓"
    "對導爾屬島幣帥庫應龐開張彈強徹憂懷態總恆戰擴揚護報擇無時顯晉曉機權條來楊傑極構樓"
    "歐漢滬澤潔濟濤溫灣愛獨瑪環現電監蓋磚禮禱積稱穩類紅約級紀緯純納紐線組織紹經結絡統"
    "維綠緬網羅聯聰脅勝臉騰艦節蘇榮萊瑩營蕭薩蔣襲裝觀規視計訓議訊記論設訪試誠話諾調談"
    "謀謝譚貝賢貨販貿費賀賈資賴賽趙車軟輛輝輸邊達邁運進遠連選遜鄭釗鐘鋼欽鐵銀鏈鋒錫錦"
    "長門問聞隊陽陣際陸陳難韋韓顧頓領題顏風馬駐騎魯鮑鮮鴻麥黃齊龍會萬臨術氣讓慶內糧鹽"
)
_TABLE = str.maketrans(_SIMPLIFIED, _TRADITIONAL)


def traditional(text: str) -> str:
    """Write a name in traditional characters; characters that have one form stay."""
    return text.translate(_TABLE)
